import { MillraceError } from '../../errors.ts'
import { pause } from '../../internal/pause.ts'
import type { Batch } from '../../ports/log.ts'
import type { ReadModel, Write } from '../../ports/read-store.ts'
import type { Position } from '../../position.ts'
import { AheadReader, type Storing } from './ahead-reader.ts'
import { BatchQueue } from './batch-queue.ts'
import { toFoldError } from './fold-batch.ts'
import { MAX_RECORDS, RETRY_MS, type FoldContext } from './fold-context.ts'
import { eventIn, foldGroup, type FoldedGroup, type Refused } from './fold-group.ts'
import { loadParkedKeys, ParkedKeys } from '../parking/parked-keys.ts'

export interface WholeFoldContext extends FoldContext {
  /** Runs a commit: between two answers that need the read model still. */
  readonly commit: (store: () => Promise<void>) => Promise<void>
  readonly refused: Refused
  /** Told what has been committed. */
  readonly onCommitted: (position: Position, writes: ReadonlyMap<string, Write>, hasStatements: boolean) => void
}

/** What the handlers made of some batches, and how far those go. */
interface Folded extends FoldedGroup {
  readonly batches: readonly Batch[]
  readonly position: Position
}

/**
 * Folds batches of all partitions into a read model of this instance alone. While much waits, the next batches are folded
 * as the last ones are being stored: what handlers read is what has been stored, and what is on its way there.
 */
export class WholeFold {
  readonly #model: ReadModel
  readonly #context: WholeFoldContext
  readonly #queue = new BatchQueue(MAX_RECORDS)
  /** Of all that has been folded, stored or not. */
  #position: Position
  #storing: Storing | undefined
  /** As `#position`: those of all that has been folded. */
  #parked = new ParkedKeys()
  #failure: Error | undefined

  constructor(model: ReadModel, context: WholeFoldContext) {
    this.#model = model
    this.#context = context
    this.#position = model.checkpoint
  }

  /** Runs until `signal` aborts, or it can't go on: then it rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { log } = this.#context
    this.#parked = new ParkedKeys(await loadParkedKeys(this.#model))
    const stop = new AbortController()
    const stopped = AbortSignal.any([signal, stop.signal])
    const pumps = Array.from({ length: log.partitions }, (_, partition) =>
      this.#queue.fill(log.read(partition, this.#position.get(partition) ?? 0, stopped), stopped),
    )
    const pumping = Promise.all(pumps)
    try {
      await Promise.race([this.#fold(stopped, stop), pumping])
    } finally {
      stop.abort()
      await pumping.catch(() => undefined)
    }
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Aborts `stop`, and leaves `#failure`, where the store can't go on. */
  async #fold(signal: AbortSignal, stop: AbortController): Promise<void> {
    for (;;) {
      const batches = await this.#queue.take(signal, { isBusy: () => this.#storing !== undefined })
      if (signal.aborted) return
      let folded: Folded
      try {
        folded = await this.#foldBatches(batches, signal)
      } finally {
        // One commit at a time, in order; and where a handler throws, all before it has been stored.
        if (this.#storing !== undefined) await this.#storing.done
      }
      if (signal.aborted) return
      this.#storing = { writes: folded.writes, done: this.#store(folded, signal) }
      this.#storing.done.then(
        () => {
          this.#storing = undefined
          this.#queue.wake()
        },
        (error: unknown) => {
          this.#failure = error as Error
          stop.abort()
        },
      )
    }
  }

  /** Where a handler throws, once more with care: see `Parking.isCareful`. */
  async #foldBatches(batches: readonly Batch[], signal: AbortSignal): Promise<Folded> {
    const { refused, mayPark } = this.#context
    const fold = (isCareful: boolean): Promise<FoldedGroup> =>
      foldGroup(batches, this.#position, {
        ...this.#context,
        signal,
        reader: new AheadReader(this.#model, () => this.#storing),
        parked: this.#parked,
        mayPark: mayPark(),
        isCareful,
      })
    const isCareful = refused.size > 0
    const group = await fold(isCareful).catch((error: unknown) => {
      if (isCareful || eventIn(error) === undefined) throw error
      return fold(true)
    })
    const position = new Map(this.#position)
    for (const batch of batches) position.set(batch.partition, batch.next)
    this.#position = position
    group.changes.settle()
    return { ...group, batches, position }
  }

  async #store({ batches, transaction, writes, changes, position }: Folded, signal: AbortSignal): Promise<void> {
    const { projection, clock, trace, commit, onRetry, onCommitted, onParked } = this.#context
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
    onCommitted(position, writes, statements.length > 0)
    if (changes.news.length > 0) onParked(changes.news)
    for (const batch of batches) trace.batch(batch, projection.name)
  }
}
