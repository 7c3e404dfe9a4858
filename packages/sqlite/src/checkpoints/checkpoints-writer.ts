import type { StatementSync } from 'node:sqlite'
import { crc32 } from 'node:zlib'
import { openTransactions, type Writer } from '../worker/writer.ts'

/** What the main thread asks of the checkpoints' worker. */
export type CheckpointsMessage = ({ readonly kind: 'save' } & Save) | { readonly kind: 'close' }

/** Values as `node:v8` serialized them, one behind the other in `bytes`: the summary, then the states. */
export interface Save {
  readonly partition: number
  readonly version: string
  readonly next: number
  readonly bytes: ArrayBuffer
  /** Where the summary ends. */
  readonly summaryEnd: number
  /** Names as `toKeyBytes` makes them. */
  readonly names: readonly Uint8Array[]
  /** Where each state ends in `bytes`, or -1 for one that is forgotten. */
  readonly ends: readonly number[]
}

const CHECKPOINT_BYTES = 8 * 1024 * 1024

export function openCheckpointsWriter(file: string): Writer {
  // A power cut may lose the last saves, never part of one: a shard then folds a little more.
  const transactions = openTransactions(file, 'NORMAL')
  const { database } = transactions
  const versionOf = database.prepare('SELECT version FROM checkpoints WHERE partition = ?')
  const setCheckpoint = database.prepare(
    'INSERT OR REPLACE INTO checkpoints (partition, version, next, summary, crc) VALUES (?, ?, ?, ?, ?)',
  )
  const clear = database.prepare('DELETE FROM states WHERE partition = ?')
  const put: StatementSync = database.prepare('INSERT OR REPLACE INTO states (partition, name, value, crc) VALUES (?, ?, ?, ?)')
  const remove = database.prepare('DELETE FROM states WHERE partition = ? AND name = ?')
  let sinceCheckpoint = 0

  function save({ partition, version, next, bytes, summaryEnd, names, ends }: Save): void {
    const stored = versionOf.get(partition) as { readonly version: string } | undefined
    if (stored !== undefined && stored.version !== version) clear.run(partition)
    const summary = new Uint8Array(bytes, 0, summaryEnd)
    setCheckpoint.run(partition, version, next, summary, crc32(summary))
    let start = summaryEnd
    for (const [at, name] of names.entries()) {
      const end = ends[at] ?? -1
      if (end < 0) remove.run(partition, name)
      else {
        const value = new Uint8Array(bytes, start, end - start)
        put.run(partition, name, value, crc32(value))
        start = end
      }
    }
  }

  return {
    get committing() {
      return transactions.committing
    },
    handle(received) {
      const message = received as CheckpointsMessage
      if (message.kind === 'close') {
        database.close()
        return
      }
      transactions.run(() => {
        save(message)
      })
      sinceCheckpoint += message.bytes.byteLength + message.names.length * 256
    },
    afterReply() {
      if (sinceCheckpoint < CHECKPOINT_BYTES) return
      sinceCheckpoint = 0
      try {
        database.exec('PRAGMA wal_checkpoint(PASSIVE)')
      } catch {
        sinceCheckpoint = CHECKPOINT_BYTES / 2 // the WAL stays as it is; again a little later
      }
    },
  }
}
