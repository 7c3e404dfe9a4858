import { MillraceError } from '../../errors.ts'
import type { ParkedEvent, ProjectionStatus } from '../../app/running.ts'
import { isReached } from '../../position.ts'
import { compareSample } from './compare.ts'
import type { Rebuilt } from './comparison.ts'
import { pause } from '../../internal/pause.ts'
import { RETRY_MS } from '../folding/fold-context.ts'
import type { Held } from '../folding/partition-fold.ts'
import { generationOf, labelOf, placeOf, versionOf, type Plan, type Plans } from './plans.ts'
import { verifyPlaceOf } from './verify-place.ts'
import { ProjectionLoop, type ProjectionContext } from '../projection-loop.ts'
import type { Projection } from '../projection.ts'

/** How often it is looked whether a build has caught up, in milliseconds. */
const LOOK_EVERY_MS = 50

export interface BuildsContext extends ProjectionContext {
  readonly plans: Plans
  /** The shards that are owned here now. */
  readonly owned: () => Iterable<Held>
  /** How far the log is. */
  readonly ends: () => readonly number[]
}

interface Build {
  readonly label: string
  readonly loop: ProjectionLoop
  readonly stop: AbortController
  readonly ended: Promise<void>
}

/**
 * The builds of one projection's read model: the one that serves, one that is built beside it, and the one that served
 * before, which is kept up to date so that one step goes back to it. Each is folded by itself, at its own place in the
 * store. What serves is a document in the store: one write switches all instances.
 */
export class ReadModelBuilds {
  readonly projection: Projection
  readonly #context: BuildsContext
  /** The definitions this code has, by version. */
  readonly #versions: ReadonlyMap<number, Projection>
  readonly #builds = new Map<string, Build>()
  readonly #closed = new AbortController()
  #plan: Plan
  #serving: Build | undefined
  /** Changes of the plan are followed one after the other. */
  #following: Promise<unknown> = Promise.resolve()
  readonly #rebuilding = new Map<string, PromiseWithResolvers<Rebuilt>>()

  constructor(projection: Projection, context: BuildsContext) {
    this.projection = projection
    this.#context = context
    const { previous } = projection
    this.#versions = new Map([...(previous === undefined ? [] : [previous]), projection].map((each) => [each.version, each]))
    this.#plan = { serving: labelOf(projection.version) }
  }

  /** What answers queries. */
  get serving(): ProjectionLoop {
    if (this.#serving === undefined) throw new TypeError(`projection '${this.projection.name}' is not open`)
    return this.#serving.loop
  }

  status(ends: readonly number[]): readonly ProjectionStatus[] {
    return [...this.#builds.values()].map(({ label, loop }) => {
      const role = loop === this.#serving?.loop ? 'serving' : label === this.#plan.building ? 'building' : 'kept'
      return { ...loop.status(ends), role }
    })
  }

  /** The keys that are parked, of all builds. */
  parked(): readonly ParkedEvent[] {
    return [...this.#builds.values()].flatMap(({ loop }) => loop.parked)
  }

  async open(): Promise<void> {
    const { plans, store, log } = this.#context
    // What a process that was killed meanwhile left of a verification.
    if (this.projection.tables.length > 0 && !store.isShared) await store.remove(this.projection.name, verifyPlaceOf(log))
    const hasBefore = await this.#hasPrevious()
    const stored = await plans.change(this.projection.name, (plan) => this.#planned(plan, hasBefore))
    await this.#follow(stored)
    plans.onChange(() => void this.#look().catch((error: unknown) => this.#context.onTrouble(error as Error)))
  }

  /** Folds the partition of a shard that is owned here into all builds, where the store is shared. */
  async own(shard: Held): Promise<void> {
    await Promise.all([...this.#builds.values()].map(({ loop, stop }) => loop.own(whileBuilt(shard, stop))))
  }

  async close(): Promise<void> {
    this.#closed.abort()
    for (const { stop } of this.#builds.values()) stop.abort()
    // It may be opening another build.
    await this.#following
    for (const build of [...this.#builds.values()]) await this.#close(build)
    for (const { reject } of this.#rebuilding.values()) reject(this.#givenUp())
  }

  /** Builds it anew beside the one that serves, from the log's beginning. Resolves once the new one serves. */
  async rebuild(): Promise<Rebuilt> {
    let rebuilding = Promise.withResolvers<Rebuilt>()
    await this.#change((now) => {
      const isUnderWay = now.building !== undefined && this.#builds.get(now.building)?.loop.error === undefined
      const building = isUnderWay ? now.building : this.#nextLabel(now)
      // Before anybody can follow the plan: the build may be done at once.
      rebuilding = this.#rebuilding.get(building) ?? rebuilding
      rebuilding.promise.catch(() => undefined)
      this.#rebuilding.set(building, rebuilding)
      return isUnderWay ? undefined : { ...now, building }
    })
    if (this.#closed.signal.aborted) rebuilding.reject(this.#givenUp())
    return rebuilding.promise
  }

  /** Lets the one that served before serve again. One that is being built is given up. */
  async rollBack(): Promise<void> {
    await this.#change(({ kept, serving }) => {
      if (!this.#knows(kept)) throw this.#nothingKept()
      return { serving: kept, kept: serving }
    })
  }

  /** Removes the one that served before: nothing goes back to it any more. */
  async removeKept(): Promise<void> {
    await this.#change(({ kept, ...rest }) => {
      if (kept === undefined) throw this.#nothingKept()
      return rest
    })
  }

  /** Puts what `change` makes of the plan, follows it, and removes from the store what is in it no more. */
  async #change(change: (plan: Plan) => Plan | undefined): Promise<Plan> {
    const { plans, store, log } = this.#context
    const { name } = this.projection
    let dropped: readonly string[] = []
    const plan = await plans.change(name, (stored = this.#plan) => {
      const next = change(stored)
      dropped = next === undefined ? [] : labelsIn(stored).filter((label) => !labelsIn(next).includes(label))
      return next
    })
    await this.#follow(plan)
    if (this.#closed.signal.aborted) throw this.#givenUp()
    for (const label of dropped) await store.remove(name, placeOf(label, log.identity))
    return plan ?? this.#plan
  }

  #givenUp(): MillraceError {
    const { name } = this.projection
    return this.#closed.signal.aborted
      ? new MillraceError('APP_STOPPED', `the app stopped while read model '${name}' was built; it goes on with the next start`)
      : new MillraceError('READ_MODEL_SWITCHED', `the build of read model '${name}' was given up: what serves was changed meanwhile`)
  }

  #nothingKept(): MillraceError {
    return new MillraceError('READ_MODEL_UNKNOWN', `read model '${this.projection.name}' has no build that served before this one`)
  }

  #nextLabel(plan: Plan): string {
    const { version } = this.projection
    const used = labelsIn(plan)
      .filter((label) => versionOf(label) === version)
      .map(generationOf)
    return labelOf(version, Math.max(-1, ...used) + 1)
  }

  #knows(label: string | undefined): label is string {
    return label !== undefined && this.#versions.has(versionOf(label))
  }

  /** Whether the version before has been built, by code that kept no plans yet. */
  async #hasPrevious(): Promise<boolean> {
    const { previous, name } = this.projection
    if (previous === undefined) return false
    const { store, log } = this.#context
    const place = placeOf(labelOf(previous.version), log.identity)
    const { checkpoint } = await store.open(name, place, previous.tables)
    // Looking has made it. (In a shared store another instance may be about to fold it.)
    if (checkpoint.size === 0 && !store.isShared) await store.remove(name, place)
    return checkpoint.size > 0
  }

  /** What this code makes of the plan that is stored; undefined where that stays. */
  #planned(stored: Plan | undefined, hasPrevious: boolean): Plan | undefined {
    const { version, previous } = this.projection
    const mine = labelOf(version)
    if (stored === undefined) return hasPrevious ? { serving: labelOf(previous!.version), building: mine } : { serving: mine }
    if (!this.#knows(stored.serving)) return versionOf(stored.serving) < version ? { serving: mine } : undefined
    const has = [stored.serving, stored.building, stored.kept].some((label) => label !== undefined && versionOf(label) === version)
    return has ? undefined : { ...stored, building: mine }
  }

  /** Sees what another instance has changed, as soon as the store says. */
  async #look(): Promise<void> {
    const { plans, storeTrouble } = this.#context
    const { signal } = this.#closed
    for (let delayMs: number = RETRY_MS[0]; !signal.aborted; delayMs = Math.min(delayMs * 2, RETRY_MS[1])) {
      try {
        await this.#follow(await plans.get(this.projection.name))
        return
      } catch (error) {
        if (!(error instanceof MillraceError) || !error.retriable) throw error
      }
      await storeTrouble.pause(delayMs, signal)
    }
  }

  #follow(plan: Plan | undefined): Promise<void> {
    const followed = this.#following.then(() => this.#doFollow(plan))
    this.#following = followed.catch(() => undefined)
    return followed
  }

  async #doFollow(plan: Plan | undefined): Promise<void> {
    if (this.#closed.signal.aborted) return
    // Newer code than this has plans for versions that are not known here: what serves goes on.
    if (plan === undefined || !this.#knows(plan.serving))
      plan = this.#serving === undefined ? { serving: labelOf(this.projection.version) } : this.#plan
    const isNewBuild = this.#knows(plan.building) && !this.#builds.has(plan.building)
    this.#plan = plan
    // Another instance let it serve, which was not known here when it came to an event that it cannot handle: as a build
    // that serves it parks the key, and goes on.
    const stopped = this.#builds.get(plan.serving)
    if (stopped?.loop.error !== undefined && stopped !== this.#serving) await this.#close(stopped)
    const wanted = labelsIn(plan).filter((label) => this.#knows(label))
    for (const label of wanted) if (!this.#builds.has(label)) await this.#open(label)
    await this.#serve(this.#builds.get(plan.serving)!)
    for (const build of this.#builds.values()) if (!wanted.includes(build.label)) await this.#close(build)
    if (isNewBuild) void this.#takeOver(this.#builds.get(plan.building!)!)
  }

  async #close({ label, stop, ended }: Build): Promise<void> {
    this.#builds.delete(label)
    stop.abort()
    await ended
  }

  async #open(label: string): Promise<void> {
    const { ends, owned } = this.#context
    const loop = new ProjectionLoop(this.#versions.get(versionOf(label))!, label, ends(), {
      ...this.#context,
      hasServed: () => label !== this.#plan.building,
    })
    await loop.open()
    const stop = new AbortController()
    const folding = [loop.run(stop.signal), ...[...owned()].map((shard) => loop.own(whileBuilt(shard, stop)))]
    this.#builds.set(label, { label, loop, stop, ended: Promise.all(folding).then(() => undefined) })
  }

  /** One step, and not before the new one is as far as the old one: nobody is answered from before what they have seen. */
  async #serve(build: Build): Promise<void> {
    const before = this.#serving
    if (before === build) return
    const { signal } = this.#closed
    while (before !== undefined && !isReached(build.loop.position, before.loop.position)) {
      if (signal.aborted || build.loop.error !== undefined) return
      await pause(this.#context.clock, 1, signal)
    }
    this.#serving = build
    before?.loop.answers.endWatching(
      new MillraceError('READ_MODEL_SWITCHED', `read model '${this.projection.name}' is served by another build now; ask again`),
    )
  }

  /** Waits until `build` has caught up, compares, and lets it serve. */
  async #takeOver(build: Build): Promise<void> {
    const { clock, onTrouble } = this.#context
    const { name } = this.projection
    const { label, loop, stop } = build
    // Another instance that shares the store may be faster: then this one serves already when it is compared.
    const before = this.#serving ?? build
    try {
      while (!loop.isLive || !isReached(loop.position, this.serving.position)) {
        if (loop.error !== undefined) throw loop.error
        if (stop.signal.aborted) throw this.#givenUp()
        await pause(clock, LOOK_EVERY_MS, stop.signal)
      }
      const compared = await compareSample(before.loop, loop, clock)
      const plan = await this.#change(({ building, serving }) => (building === label ? { serving: label, kept: serving } : undefined))
      if (plan.serving !== label) throw this.#givenUp()
      this.#rebuilding.get(label)?.resolve({ projection: name, from: before.label, to: label, compared })
    } catch (error) {
      const rebuilding = this.#rebuilding.get(label)
      if (rebuilding === undefined && !stop.signal.aborted) onTrouble(error as Error)
      rebuilding?.reject(error)
    }
    this.#rebuilding.delete(label)
  }
}

/** A build may be given up before the shard is. */
const whileBuilt = ({ partition, marker, signal }: Held, stop: AbortController): Held => ({
  partition,
  marker,
  signal: AbortSignal.any([signal, stop.signal]),
})

const labelsIn = ({ serving, building, kept }: Plan): readonly string[] => [serving, building, kept].filter((label) => label !== undefined)
