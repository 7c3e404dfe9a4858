import { MillraceError } from '../../errors.ts'
import { pause } from '../../internal/pause.ts'
import { Signal } from '../../internal/signal.ts'
import type { Batch } from '../../ports/log.ts'
import type { ReadModel, Write } from '../../ports/read-store.ts'
import type { Position } from '../../position.ts'
import { foldBatch, toFoldError } from './fold-batch.ts'
import { MAX_RECORDS, RETRY_MS, type FoldContext } from './fold-context.ts'
import { ModelTransaction } from './model-transaction.ts'

export interface WholeFoldContext extends FoldContext {
  /** Runs a commit: between two answers that need the read model still. */
  readonly commit: (store: () => Promise<void>) => Promise<void>
  /** Told what has been committed. */
  readonly onCommitted: (position: Position, writes: ReadonlyMap<string, Write>, hasStatements: boolean) => void
}

/** Folds batches of all partitions into a read model of this instance alone. */
export class WholeFold {
  readonly #model: ReadModel
  readonly #context: WholeFoldContext
  readonly #arrived = new Signal()
  readonly #taken = new Signal()
  /** At most one batch of each partition waits: a slow read model makes nothing grow. */
  readonly #waiting = new Map<number, Batch>()
  #position: Position

  constructor(model: ReadModel, context: WholeFoldContext) {
    this.#model = model
    this.#context = context
    this.#position = model.checkpoint
  }

  /** Runs until `signal` aborts, or it can't go on: then it rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = new AbortController()
    const stopped = AbortSignal.any([signal, stop.signal])
    const pumps = Array.from({ length: this.#context.log.partitions }, (_, partition) => this.#pump(partition, stopped))
    const pumping = Promise.all(pumps)
    try {
      await Promise.race([this.#fold(stopped), pumping])
    } finally {
      stop.abort()
      await pumping.catch(() => undefined)
    }
  }

  async #pump(partition: number, signal: AbortSignal): Promise<void> {
    for await (const batch of this.#context.log.read(partition, this.#position.get(partition) ?? 0, signal)) {
      while (this.#waiting.has(partition) && !signal.aborted) await this.#taken.wait(signal)
      if (signal.aborted) return
      this.#waiting.set(partition, batch)
      this.#arrived.fire()
    }
  }

  async #fold(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#waiting.size === 0) await this.#arrived.wait(signal)
      const batches = this.#take()
      if (batches.length > 0) await this.#foldBatches(batches, signal)
    }
  }

  #take(): readonly Batch[] {
    const batches: Batch[] = []
    let records = 0
    for (const [partition, batch] of this.#waiting) {
      if (records > 0 && records + batch.records.length > MAX_RECORDS) break
      records += batch.records.length
      batches.push(batch)
      this.#waiting.delete(partition)
    }
    this.#taken.fire()
    return batches
  }

  async #foldBatches(batches: readonly Batch[], signal: AbortSignal): Promise<void> {
    const { projection, clock, trace, commit, onRetry, onCommitted } = this.#context
    const transaction = new ModelTransaction(this.#model)
    const position = new Map(this.#position)
    for (const batch of batches) {
      await foldBatch(projection, transaction, batch, position.get(batch.partition) ?? 0)
      position.set(batch.partition, batch.next)
    }
    const writes = await transaction.writes()
    const { statements } = transaction
    for (let delayMs: number = RETRY_MS[0]; ; delayMs = Math.min(delayMs * 2, RETRY_MS[1])) {
      try {
        await commit(() => this.#model.commit(writes, position, statements))
        break
      } catch (error) {
        if (!(error instanceof MillraceError) || !error.retriable || signal.aborted) throw toFoldError(projection, transaction, error)
        onRetry(error)
        await pause(clock, delayMs, signal)
      }
    }
    this.#position = position
    onCommitted(position, writes, statements.length > 0)
    for (const batch of batches) trace.batch(batch, projection.name)
  }
}
