import type { ParkedEvent, ProjectionStatus } from '../app/running.ts'
import type { StoreTrouble } from '../app/store-trouble.ts'
import type { Trace } from '../app/trace.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { ReadModel, ReadStore, StoredReader } from '../ports/read-store.ts'
import type { SharedReadModel, SharedReadStore, ToldWrites } from '../ports/shared-read-store.ts'
import type { Table } from '../ports/statement.ts'
import { isReached, type Position } from '../position.ts'
import { Answers } from './answering/answers.ts'
import type { LogMarks } from './answering/log-marks.ts'
import { PositionWaiters } from './answering/position-waiters.ts'
import type { FoldContext } from './folding/fold-context.ts'
import { foldPartition, type Held } from './folding/partition-fold.ts'
import { noteRefused } from './folding/fold-group.ts'
import { parkedError, ParkedView } from './parking/parked-view.ts'
import { unreserved } from './parking/reserved-keys.ts'
import { placeOf } from './builds/plans.ts'
import { BEGIN_KEY } from './history/change.ts'
import type { Projection } from './projection.ts'
import { Rate } from './folding/rate.ts'
import { WholeFold } from './folding/whole-fold.ts'

export interface ProjectionContext {
  readonly log: Log
  readonly store: ReadStore | SharedReadStore
  readonly clock: Clock
  readonly trace: Trace
  readonly marks: LogMarks
  readonly storeTrouble: StoreTrouble
  readonly onTrouble: (error: Error) => void
}

export interface BuildContext extends ProjectionContext {
  /** Whether this build serves, or has served; one that is still to do so stops at an event that it cannot handle. */
  readonly hasServed: () => boolean
}

/**
 * The read side: events become documents, and those who ask and those who watch are told. In a store of its own, this
 * instance folds all partitions. In a shared one it folds those whose shards it owns, and follows what the others do.
 */
export class ProjectionLoop {
  readonly projection: Projection
  readonly #label: string
  readonly #context: BuildContext
  readonly #ends: readonly number[]
  readonly #waiting: PositionWaiters
  #position: Position = new Map()
  #asOfMs = -Infinity
  #error: Error | undefined
  #answers: Answers | undefined
  #own: ReadModel | undefined
  #shared: SharedReadModel | undefined
  readonly #rate = new Rate()
  #isLive = false
  /** It was not empty when it was opened. */
  #wasBegun = false
  /** As of the last commit, whoever's. */
  readonly #parked = new ParkedView()
  /** Since when commits fail, and whether that has been told. */
  #failing: { readonly sinceMs: number; isTold: boolean } | undefined

  /** `ends`: how far the log is at the start; once there, the read model is live. `label`: which build it is. */
  constructor(projection: Projection, label: string, ends: readonly number[], context: BuildContext) {
    this.projection = projection
    this.#label = label
    this.#ends = ends
    this.#context = context
    this.#waiting = new PositionWaiters(context.clock)
  }

  get position(): Position {
    return this.#position
  }

  /** The latest moment of which all that was in the log is in the read model, as far as is known: never earlier than before. */
  get asOfMs(): number {
    this.#asOfMs = Math.max(this.#asOfMs, this.#context.marks.asOfMs(this.#position))
    return this.#asOfMs
  }

  get error(): Error | undefined {
    return this.#error
  }

  get isLive(): boolean {
    return this.#isLive && this.#error === undefined
  }

  /** As of the last commit. */
  get documents(): StoredReader {
    return this.answers.model
  }

  /** Its tables of its own. */
  get tables(): readonly Table[] {
    return (this.#own ?? this.#shared)?.tables ?? []
  }

  /** Runs `work` with documents and rows that are all of one moment, and how far the read model was then. */
  still<T>(work: (documents: StoredReader, position: Position) => Promise<T>): Promise<T> {
    return this.answers.still(work)
  }

  /** The keys that are parked, of all partitions. */
  get parked(): readonly ParkedEvent[] {
    return this.#parked.list().map((each) => ({ reader: this.projection.name, kind: 'projection', version: this.#label, ...each }))
  }

  /** What it answers from; undefined before it has been opened. */
  get answers(): Answers {
    if (this.#answers === undefined) throw new TypeError(`projection '${this.projection.name}' is not open`)
    return this.#answers
  }

  status(ends: readonly number[]): Omit<ProjectionStatus, 'role'> {
    const behind = ends.reduce((sum, end, partition) => sum + Math.max(0, end - (this.#position.get(partition) ?? 0)), 0)
    const state = this.#error !== undefined ? 'stopped' : this.#isLive ? 'live' : 'building'
    return {
      name: this.projection.name,
      version: this.#label,
      state,
      position: this.#position,
      parked: this.#parked.size,
      behind,
      perSecond: this.#rate.perSecond(this.#context.clock.nowMs()),
      ...(this.#error && { error: this.#error }),
    }
  }

  async open(): Promise<void> {
    const { name, tables } = this.projection
    const { store, log, clock } = this.#context
    const place = placeOf(this.#label, log.identity)
    if (store.isShared) {
      const model = (this.#shared = await store.open(name, place, tables))
      this.#answers = new Answers(this, model, clock)
      this.#position = model.checkpoint
      model.follow((writes, hasStatements = true) => this.#move(model.checkpoint, writes, hasStatements))
    } else {
      this.#own = await store.open(name, place, tables)
      this.#answers = new Answers(this, this.#own, clock)
      this.#position = this.#own.checkpoint
    }
    this.#waiting.moved(this.#position)
    const unkeyed = this.tables.find(({ key }) => key.length === 0)
    if (unkeyed !== undefined)
      throw new TypeError(`projection '${name}': tables: '${unkeyed.name}' has no primary key; give it one (rows are compared by it)`)
    await this.#parked.load(this.documents)
    this.#wasBegun = this.#position.size > 0
    await this.#requireHistory()
    this.#noteLive()
  }

  /** Past states are kept from the first event on, or not at all. */
  async #requireHistory(): Promise<void> {
    const { name, version, history } = this.projection
    const model = this.#own ?? this.#shared
    if (model === undefined || model.checkpoint.size === 0) return
    const keeps = (await model.get(BEGIN_KEY)) !== undefined
    if (keeps === (history !== undefined) || (!keeps && unreserved(await model.list({ prefix: '', after: '', limit: 1 })).length === 0))
      return
    throw new TypeError(
      `projection '${name}': history: switched ${keeps ? 'off' : 'on'}, but version ${version} has been built ${keeps ? 'with' : 'without'} it; raise 'version'`,
    )
  }

  /** Folds all partitions, where the store is this instance's own. */
  async run(signal: AbortSignal): Promise<void> {
    const model = this.#own
    if (model === undefined) return
    const refused = new Map<string, Error>()
    while (!signal.aborted) {
      const fold = new WholeFold(model, {
        ...this.#folding(),
        refused,
        commit: (store) => this.answers.commit(store),
        onCommitted: (position, writes, hasStatements) => this.#move(position, writes, hasStatements),
      })
      try {
        await fold.run(signal)
        return
      } catch (error) {
        if (signal.aborted || noteRefused(refused, error)) continue
        this.#stopWith(error as Error)
        return
      }
    }
  }

  /**
   * Folds the partition of a shard that is owned here, where the store is shared. Ends with the shard at once, whatever
   * is under way: the store refuses what comes too late.
   */
  async own(shard: Held): Promise<void> {
    const { signal } = shard
    if (this.#shared === undefined || this.#error !== undefined) return
    const folding = foldPartition(this.#shared, shard, {
      ...this.#folding(),
      onStored: () => (this.#failing = undefined),
      untilRetry: (ms, until) => this.#context.storeTrouble.pause(ms, until),
      waiting: this.#waiting,
    })
    await Promise.race([folding, aborted(signal)]).catch((error: unknown) => {
      if (!signal.aborted) this.#stopWith(error as Error)
    })
  }

  /** Resolves with true once the read model has reached `target`, with false when `timeoutMs` have passed before. */
  reached(target: Position, timeoutMs: number): Promise<boolean> {
    if (this.#error !== undefined) return Promise.resolve(isReached(this.#position, target))
    return this.#waiting.wait(target, timeoutMs)
  }

  #folding(): FoldContext {
    const { log, clock, trace, onTrouble } = this.#context
    return {
      projection: this.projection,
      log,
      clock,
      trace,
      mayPark: () => this.#mayPark,
      onParked: (keys) => keys.forEach((each) => onTrouble(parkedError(this.projection.name, this.#label, each))),
      onRetry: (error) => this.#onRetry(error),
    }
  }

  /** Not at its first fold of all, which nobody has relied on yet; unless every start begins with one. */
  get #mayPark(): boolean {
    const { store, hasServed } = this.#context
    const isVolatile = !store.isShared && store.isVolatile === true
    return hasServed() && (this.#isLive || this.#wasBegun || isVolatile)
  }

  /** Tells of one failure of many. */
  #onRetry(error: Error): void {
    const { clock, storeTrouble, onTrouble } = this.#context
    const failing = (this.#failing ??= { sinceMs: clock.nowMs(), isTold: false })
    if (failing.isTold || !storeTrouble.isNews(error, failing.sinceMs)) return
    failing.isTold = true
    onTrouble(error)
  }

  /** `writes`: what changed with it, or undefined where that may be anything. */
  #move(position: Position, writes: ToldWrites | undefined, hasStatements: boolean): void {
    this.#rate.note(position, this.#context.clock.nowMs())
    this.#position = position
    this.#failing = undefined
    this.#noteLive()
    if (!this.#parked.follow(writes)) this.#parked.load(this.documents).catch((error: unknown) => this.#onRetry(error as Error))
    if (writes === undefined) this.answers.changed()
    else this.answers.committed(writes, hasStatements)
    this.#waiting.moved(position)
  }

  #noteLive(): void {
    this.#isLive ||= this.#ends.every((end, partition) => (this.#position.get(partition) ?? 0) >= end)
  }

  #stopWith(error: Error): void {
    if (this.#error !== undefined) return
    this.#error = error
    this.#context.onTrouble(error)
    this.#waiting.giveUp()
    this.#answers?.end(error)
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
