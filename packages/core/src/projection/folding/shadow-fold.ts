import type { Clock } from '../../ports/clock.ts'
import type { Batch, Log } from '../../ports/log.ts'
import type { ReadModel } from '../../ports/read-store.ts'
import type { Position } from '../../position.ts'
import { ParkedKeys } from '../parking/parked-keys.ts'
import type { Projection } from '../projection.ts'
import { toFoldError } from './fold-batch.ts'
import { eventIn, foldGroup, noteRefused } from './fold-group.ts'

interface ShadowContext {
  readonly log: Log
  readonly clock: Clock
}

/** Folds the log from its beginning once more, beside the read model that serves, and stops wherever it is told to. Parks keys as that one does. */
export class ShadowFold {
  readonly #projection: Projection
  readonly #log: Log
  readonly #clock: Clock
  readonly #signal: AbortSignal
  readonly model: ReadModel
  readonly #position = new Map<number, number>()
  readonly #readers = new Map<number, AsyncIterator<Batch>>()
  /** Of each partition, what has been read and is not folded yet. */
  readonly #pending = new Map<number, Batch>()
  readonly #parked = new ParkedKeys()
  readonly #refused = new Map<string, Error>()

  constructor(projection: Projection, { log, clock }: ShadowContext, model: ReadModel, signal: AbortSignal) {
    this.#projection = { ...projection, history: undefined } // what is now is compared, not what was
    this.#log = log
    this.#clock = clock
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
    await this.#commit(taken, from).catch((error: unknown) => {
      if (eventIn(error) === undefined) throw error
      noteRefused(this.#refused, error)
      return this.#commitCarefully(taken, from)
    })
    this.#position.set(partition, taken.next)
    if (isWhole) this.#pending.delete(partition)
    else this.#pending.set(partition, batch)
  }

  async #commitCarefully(batch: Batch, from: number): Promise<void> {
    for (;;) {
      try {
        await this.#commit(batch, from, true)
        return
      } catch (error) {
        if (!noteRefused(this.#refused, error)) throw error
      }
    }
  }

  async #commit(batch: Batch, from: number, isCareful = false): Promise<void> {
    const { partition, next } = batch
    const { model } = this
    const context = {
      projection: this.#projection,
      log: this.#log,
      clock: this.#clock,
      signal: this.#signal,
      parked: this.#parked,
      refused: this.#refused,
    }
    const { transaction, changes, writes } = await foldGroup([batch], new Map([[partition, from]]), {
      ...context,
      reader: model,
      mayPark: true,
      isCareful,
    })
    await model.commit(writes, new Map(this.#position).set(partition, next), transaction.statements).catch((error: unknown) => {
      throw toFoldError(this.#projection, transaction, error)
    })
    changes.settle()
  }
}
