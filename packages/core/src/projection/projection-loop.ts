import { MillraceError } from '../errors.ts'
import { Signal } from '../internal/signal.ts'
import { isReached, type Position } from '../position.ts'
import type { Clock } from '../ports/clock.ts'
import type { Batch, Log } from '../ports/log.ts'
import type { ReadModel, ReadStore } from '../ports/read-store.ts'
import type { ProjectionStatus } from '../app/running.ts'
import type { Trace } from '../app/trace.ts'
import { Answers } from './answers.ts'
import { eventData } from './event-data.ts'
import { ModelTransaction } from './model-transaction.ts'
import type { EventContext, Projection } from './projection.ts'

/** Records folded in one transaction, at most (and at least one batch). */
const MAX_RECORDS = 4_096
/** How long to wait before a failed commit is tried again: doubles up to the last. */
const RETRY_MS = [50, 5_000] as const

export interface ProjectionContext {
  readonly log: Log
  readonly store: ReadStore
  readonly clock: Clock
  readonly trace: Trace
  readonly onTrouble: (error: Error) => void
}

/**
 * The read side: folds batches of all partitions into a read model. What the handlers wrote and how far they read is
 * one commit; then those who ask and those who watch are told.
 */
export class ProjectionLoop {
  readonly projection: Projection
  readonly #context: ProjectionContext
  readonly #arrived = new Signal()
  readonly #taken = new Signal()
  /** At most one batch of each partition waits: a slow read model makes nothing grow. */
  readonly #waiting = new Map<number, Batch>()
  readonly #ends: readonly number[]
  #positionWaiters: { readonly target: Position; readonly wake: () => void }[] = []
  #position: Position = new Map()
  #error: Error | undefined
  #answers: Answers | undefined
  #isLive = false

  /** `ends`: how far the log was when the app started; once there, the read model is live. */
  constructor(projection: Projection, ends: readonly number[], context: ProjectionContext) {
    this.projection = projection
    this.#ends = ends
    this.#context = context
  }

  get position(): Position {
    return this.#position
  }

  get error(): Error | undefined {
    return this.#error
  }

  get isLive(): boolean {
    return this.#isLive && this.#error === undefined
  }

  /** What it answers from; undefined before it has been opened. */
  get answers(): Answers {
    if (this.#answers === undefined) throw new TypeError(`projection '${this.projection.name}' is not open`)
    return this.#answers
  }

  status(ends: readonly number[]): ProjectionStatus {
    const behind = ends.reduce((sum, end, partition) => sum + Math.max(0, end - (this.#position.get(partition) ?? 0)), 0)
    const state = this.#error !== undefined ? 'stopped' : this.#isLive ? 'live' : 'building'
    return { name: this.projection.name, state, position: this.#position, behind, ...(this.#error && { error: this.#error }) }
  }

  async open(): Promise<ReadModel> {
    const { name, version } = this.projection
    const { store, log } = this.#context
    const model = await store.open(name, `${version} of ${log.identity}`)
    this.#position = model.checkpoint
    this.#answers = new Answers(this, model, this.#context.clock)
    this.#noteLive()
    return model
  }

  async run(model: ReadModel, signal: AbortSignal): Promise<void> {
    const stop = new AbortController()
    const stopped = AbortSignal.any([signal, stop.signal])
    const pumps = Array.from({ length: this.#context.log.partitions }, (_, partition) => this.#pump(partition, stopped))
    const pumping = Promise.all(pumps)
    try {
      await Promise.race([this.#fold(model, stopped), pumping])
    } catch (error) {
      if (!signal.aborted) this.#stopWith(error as Error)
    } finally {
      stop.abort()
      await pumping.catch(() => undefined)
    }
  }

  /** Resolves with true once the read model has reached `target`, with false when `timeoutMs` have passed before. */
  async reached(target: Position, timeoutMs: number): Promise<boolean> {
    if (isReached(this.#position, target)) return true
    if (this.#error !== undefined) return false
    return new Promise((resolve) => {
      const waiter = {
        target,
        wake: (): void => {
          giveUp()
          resolve(isReached(this.#position, target))
        },
      }
      const giveUp = this.#context.clock.after(timeoutMs, () => {
        this.#positionWaiters = this.#positionWaiters.filter((each) => each !== waiter)
        resolve(false)
      })
      this.#positionWaiters.push(waiter)
    })
  }

  async #pump(partition: number, signal: AbortSignal): Promise<void> {
    for await (const batch of this.#context.log.read(partition, this.#position.get(partition) ?? 0, signal)) {
      while (this.#waiting.has(partition) && !signal.aborted) await this.#taken.wait(signal)
      if (signal.aborted) return
      this.#waiting.set(partition, batch)
      this.#arrived.fire()
    }
  }

  async #fold(model: ReadModel, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#waiting.size === 0) await this.#arrived.wait(signal)
      const batches = this.#take()
      if (batches.length > 0) await this.#foldBatches(model, batches, signal)
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

  async #foldBatches(model: ReadModel, batches: readonly Batch[], signal: AbortSignal): Promise<void> {
    const transaction = new ModelTransaction(model)
    const position = new Map(this.#position)
    for (const batch of batches) {
      await this.#foldBatch(transaction, batch, position.get(batch.partition) ?? 0)
      position.set(batch.partition, batch.next)
    }
    const writes = await transaction.writes()
    for (let delayMs: number = RETRY_MS[0]; ; delayMs = Math.min(delayMs * 2, RETRY_MS[1])) {
      try {
        await this.answers.commit(() => model.commit(writes, position))
        break
      } catch (error) {
        if (!(error instanceof MillraceError) || !error.retriable || signal.aborted) throw error
        this.#context.onTrouble(error)
        await new Promise<void>((resolve) => this.#context.clock.after(delayMs, resolve))
      }
    }
    this.#position = position
    this.#noteLive()
    this.answers.committed(writes)
    this.#wakeWaiters()
    for (const batch of batches) this.#context.trace.batch(batch, this.projection.name)
  }

  async #foldBatch(transaction: ModelTransaction, batch: Batch, from: number): Promise<void> {
    const { on } = this.projection
    const data = eventData(batch)
    for (let at = Math.max(0, from - batch.first); at < batch.records.length; at++) {
      const record = batch.records[at]!
      const handler = record.kind === 'event' ? on[record.type] : undefined
      if (handler === undefined) continue
      const { key, timeMs, commandId } = record
      const context: EventContext<never> = { model: transaction as never, key, timeMs, commandId }
      try {
        const done = handler(data(at) as never, context)
        if (done !== undefined) await done
      } catch (error) {
        const at_ = { projection: this.projection.name, partition: batch.partition, offset: batch.first + at, event: record.type }
        throw new MillraceError(
          'READ_MODEL_STOPPED',
          `projection '${this.projection.name}' could not handle ${record.type} at partition ${batch.partition}, offset ${at_.offset}: ${String(error)}. ` +
            'It has stopped there and stored nothing of it; mend the handler and start again',
          { cause: error, at: at_ },
        )
      }
    }
  }

  #noteLive(): void {
    this.#isLive ||= this.#ends.every((end, partition) => (this.#position.get(partition) ?? 0) >= end)
  }

  #wakeWaiters(): void {
    if (this.#positionWaiters.length === 0) return
    const due = this.#positionWaiters.filter(({ target }) => isReached(this.#position, target))
    if (due.length === 0) return
    this.#positionWaiters = this.#positionWaiters.filter(({ target }) => !isReached(this.#position, target))
    for (const { wake } of due) wake()
  }

  #stopWith(error: Error): void {
    this.#error = error
    this.#context.onTrouble(error)
    for (const { wake } of this.#positionWaiters.splice(0)) wake()
    this.#answers?.end(error)
  }
}
