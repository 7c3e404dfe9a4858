import { parentPort, workerData } from 'node:worker_threads'
import { openCheckpointsWriter } from '../checkpoints/checkpoints-writer.ts'
import { openLogWriter } from '../log/log-writer.ts'
import { openReadStoreWriter } from '../read-store/read-store-writer.ts'
import { OWN } from '../read-store/their-statements.ts'
import type { Reply, WorkerTask } from './database-worker.ts'
import { toFailure } from './failure.ts'
import type { Writer } from './writer.ts'

// What a worker thread runs. It must import nothing but this package's files and node's: see `database-worker.ts`.
const open = {
  log: openLogWriter,
  'read-store': (path: string) => openReadStoreWriter(path, ''),
  tables: (path: string) => openReadStoreWriter(path, OWN),
  checkpoints: openCheckpointsWriter,
}

const { writer: name, file } = workerData as WorkerTask
let writer: Writer | undefined

parentPort?.on('message', (message: unknown) => {
  let reply: Reply
  try {
    writer ??= open[name](file)
    reply = { value: writer.handle(message) }
  } catch (error) {
    reply = { failure: toFailure(error, writer?.committing ?? false) }
  }
  parentPort?.postMessage(reply)
  writer?.afterReply()
})
