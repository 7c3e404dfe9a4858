import type { Batch, Log } from '../../ports/log.ts'
import type { ReadModel } from '../../ports/read-store.ts'
import type { Position } from '../../position.ts'
import { foldBatch, toFoldError } from './fold-batch.ts'
import { ModelTransaction } from './model-transaction.ts'
import type { Projection } from '../projection.ts'

/** Folds the log from its beginning once more, beside the read model that serves, and stops wherever it is told to. */
export class ShadowFold {
  readonly #projection: Projection
  readonly #log: Log
  readonly #signal: AbortSignal
  readonly model: ReadModel
  readonly #position = new Map<number, number>()
  readonly #readers = new Map<number, AsyncIterator<Batch>>()
  /** Of each partition, what has been read and is not folded yet. */
  readonly #pending = new Map<number, Batch>()

  constructor(projection: Projection, log: Log, model: ReadModel, signal: AbortSignal) {
    this.#projection = projection
    this.#log = log
    this.model = model
    this.#signal = signal
  }

  get position(): Position {
    return this.#position
  }

  /** Folds all before `target`, and nothing after it. `onFolded` is told how many records each step took. */
  async advance(target: Position, onFolded?: (records: number) => void): Promise<void> {
    for (const [partition, end] of target) {
      for (let next = this.#position.get(partition) ?? 0; next < end; next = this.#position.get(partition)!) {
        const batch = this.#pending.get(partition) ?? (await this.#read(partition, next))
        if (batch === undefined) throw this.#signal.reason as Error
        await this.#fold(batch, next, end)
        onFolded?.(this.#position.get(partition)! - next)
      }
    }
  }

  async #read(partition: number, next: number): Promise<Batch | undefined> {
    const reader = this.#readers.get(partition) ?? this.#log.read(partition, next, this.#signal)[Symbol.asyncIterator]()
    this.#readers.set(partition, reader)
    const read = await reader.next()
    return read.done === true ? undefined : read.value
  }

  async #fold(batch: Batch, from: number, end: number): Promise<void> {
    const { partition, first, records } = batch
    const isWhole = batch.next <= end
    const taken = isWhole ? batch : { ...batch, next: end, records: records.slice(0, Math.max(0, end - first)) }
    const transaction = new ModelTransaction(this.model)
    await foldBatch(this.#projection, transaction, taken, from)
    this.#position.set(partition, taken.next)
    if (isWhole) this.#pending.delete(partition)
    else this.#pending.set(partition, batch)
    const committing = this.model.commit(await transaction.writes(), this.#position, transaction.statements)
    await committing.catch((error: unknown) => {
      throw toFoldError(this.#projection, transaction, error)
    })
  }
}
