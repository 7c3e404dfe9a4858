import { Worker } from 'node:worker_threads'
import { DatabaseFailure, type Failure } from './failure.ts'

/** Which writer of `entry.ts` a worker runs, and on which file. */
export interface WorkerTask {
  readonly writer: 'log' | 'read-store' | 'tables' | 'checkpoints'
  readonly file: string
}

export type Reply = { readonly value: unknown } | { readonly failure: Failure }

interface Call {
  resolve(value: unknown): void
  reject(error: Error): void
}

/**
 * The one thread that writes a database, so that no fsync ever blocks the main thread. It answers calls in their order.
 * A worker that ends by itself fails what waits (`crashed`, outcome unknown); the next call starts another.
 */
export class DatabaseWorker {
  readonly #task: WorkerTask
  readonly #calls: Call[] = []
  #worker: Worker | undefined

  constructor(task: WorkerTask) {
    this.#task = task
  }

  /** Ownership of `transfer` passes to the worker. Rejects with a `DatabaseFailure`. */
  call(message: unknown, transfer: readonly ArrayBuffer[] = []): Promise<unknown> {
    const worker = (this.#worker ??= this.#start())
    return new Promise((resolve, reject) => {
      this.#calls.push({ resolve, reject })
      worker.postMessage(message, transfer)
    })
  }

  /** Ends the thread at once, as a crash would. */
  async terminate(): Promise<void> {
    await this.#worker?.terminate()
  }

  #start(): Worker {
    // No inherited flags: the worker loads only its own files, and some flags (--input-type) would stop it from starting.
    const file = import.meta.url.endsWith('.ts') ? './entry.ts' : './entry.js'
    const worker = new Worker(new URL(file, import.meta.url), { workerData: this.#task, execArgv: [] })
    let reason = 'the database worker ended'
    worker.on('message', (reply: Reply) => {
      const call = this.#calls.shift()
      if ('failure' in reply) call?.reject(new DatabaseFailure(reply.failure))
      else call?.resolve(reply.value)
    })
    worker.on('error', (error) => {
      reason = `the database worker crashed: ${error instanceof Error ? error.message : String(error)}`
    })
    worker.on('exit', () => {
      if (this.#worker === worker) this.#worker = undefined
      const failure: Failure = { kind: 'crashed', message: reason, outcomeUnknown: true }
      for (const call of this.#calls.splice(0)) call.reject(new DatabaseFailure(failure))
    })
    return worker
  }
}
