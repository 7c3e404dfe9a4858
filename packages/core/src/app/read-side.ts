import { MillraceError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { ReadStore } from '../ports/read-store.ts'
import type { SharedReadStore } from '../ports/shared-read-store.ts'
import { LogMarks } from '../projection/answering/log-marks.ts'
import { Plans } from '../projection/builds/plans.ts'
import { ReadModelBuilds } from '../projection/builds/read-model-builds.ts'
import { verify, type Verification, type VerifyOptions } from '../projection/builds/verify.ts'
import type { Held } from '../projection/folding/partition-fold.ts'
import type { App } from './app.ts'
import { Asking } from './asking.ts'
import { answersQueries, queriesElsewhere, type Role } from './role.ts'
import type { ParkedEvent, ProjectionStatus } from './running.ts'
import type { StoreTrouble } from './store-trouble.ts'
import type { Trace } from './trace.ts'

export interface ReadSideContext {
  readonly app: App
  readonly role: Role
  readonly log: Log
  readonly store: ReadStore | SharedReadStore
  readonly clock: Clock
  readonly trace: Trace
  readonly storeTrouble: StoreTrouble
  readonly onTrouble: (error: Error) => void
  /** The shards that are owned here now. */
  readonly owned: () => Iterable<Held>
  /** How far the log is. */
  readonly ends: () => readonly number[]
}

/**
 * The read side: the read models that are folded here, and the queries they answer. An instance that only writes has those
 * of a shared store, because who owns a partition folds it there, and answers nothing from them.
 */
export class ReadSide {
  readonly asking: Asking
  readonly #context: ReadSideContext
  readonly #builds: ReadonlyMap<string, ReadModelBuilds>

  private constructor(context: ReadSideContext, builds: readonly ReadModelBuilds[], marks: LogMarks) {
    const { app, role, clock } = context
    this.#context = context
    this.#builds = new Map(builds.map((each) => [each.projection.name, each]))
    this.asking = new Asking({ app, role, builds, marks, clock })
  }

  static async open(context: ReadSideContext): Promise<ReadSide> {
    const { app, role, log, store, clock } = context
    const marks = new LogMarks(log, clock)
    const folded = answersQueries(role) || store.isShared ? app.projections : []
    if (folded.length === 0) return new ReadSide(context, [], marks)
    const plans = await Plans.open(store, log)
    const builds = folded.map((each) => new ReadModelBuilds(each, { ...context, marks, plans }))
    await openAll(builds)
    return new ReadSide(context, builds, marks)
  }

  /** Folds the partition of a shard that is owned here into all builds, where the store is shared. */
  async fold(shard: Held): Promise<void> {
    await Promise.all([...this.#builds.values()].map((each) => each.own(shard)))
  }

  /** Every build that there is here. */
  status(ends: readonly number[]): readonly ProjectionStatus[] {
    return [...this.#builds.values()].flatMap((each) => each.status(ends))
  }

  parked(): readonly ParkedEvent[] {
    return [...this.#builds.values()].flatMap((each) => each.parked())
  }

  has(projection: string): boolean {
    return this.#builds.has(projection)
  }

  /** Throws `READ_MODEL_UNKNOWN`, and `QUERIES_ELSEWHERE` where it is folded by others alone. */
  buildsOf(projection: string): ReadModelBuilds {
    const found = this.#builds.get(projection)
    if (found !== undefined) return found
    const known = this.#context.app.projections.map(({ name }) => name)
    if (known.includes(projection)) throw queriesElsewhere(`read model '${projection}' is not kept here`, { projection })
    throw new MillraceError('READ_MODEL_UNKNOWN', `there is no projection '${projection}' (known: ${known.join(', ')})`)
  }

  async verify(projection: string, options?: VerifyOptions): Promise<Verification> {
    const { log, clock, store } = this.#context
    const { serving } = this.buildsOf(projection)
    return verify({ projection: serving.projection, log, clock, store, served: serving }, options)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#builds.values()].map((each) => each.close()))
  }
}

/** All, or none of them is left open. */
async function openAll(builds: readonly ReadModelBuilds[]): Promise<void> {
  const opened = await Promise.allSettled(builds.map((each) => each.open()))
  const failed = opened.find(({ status }) => status === 'rejected')
  if (failed === undefined) return
  await Promise.all(builds.map((each) => each.close()))
  throw (failed as PromiseRejectedResult).reason
}
