import { MillraceError } from '../errors.ts'
import { partitionOf } from '../internal/hash.ts'
import { systemClock, type Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import { createMemoryReadStore } from '../ports/memory-read-store.ts'
import type { ReadStore } from '../ports/read-store.ts'
import type { ShardCheckpoints } from '../ports/shard-checkpoints.ts'
import type { SharedReadStore } from '../ports/shared-read-store.ts'
import type { Held } from '../projection/folding/partition-fold.ts'
import { Plans } from '../projection/builds/plans.ts'
import { ReadModelBuilds } from '../projection/builds/read-model-builds.ts'
import { verify } from '../projection/builds/verify.ts'
import { ReactorLoop } from '../reactor/reactor-loop.ts'
import { LogMarks } from '../projection/answering/log-marks.ts'
import { createRegistry } from '../shard/registry.ts'
import { Shard } from '../shard/shard.ts'
import type { App } from './app.ts'
import { Asking } from './asking.ts'
import { Follower, type Counts, type Waiter } from './follower.ts'
import { LogTrouble } from './log-trouble.ts'
import { Operating } from './operating.ts'
import { ParkedCommands } from './parked-commands.ts'
import type { ParkedEvent, Running, Status } from './running.ts'
import { Sending } from './sending.ts'
import { StoreTrouble } from './store-trouble.ts'
import { Trace } from './trace.ts'

export interface StartOptions {
  /** Where commands and events live. Closed when the app stops, or does not start. */
  readonly log: Log
  /** Where read models live (default: in memory, folded again at every start). Closed when the app stops, or does not start. */
  readonly store?: ReadStore | SharedReadStore
  /** Where shards keep what they folded (default: nowhere, folded again at every start). Closed as the log is. */
  readonly checkpoints?: ShardCheckpoints
  readonly clock?: Clock
  /** Commands that may wait for their answer at once (default 10,000); more get `OVERLOADED`. */
  readonly maxInFlight?: number
  /** How many positions of `events[p]` a command id is remembered for, at least (default 32,768). */
  readonly rememberedPositions?: number
  /** Told what an operator should know: a shard lost, a read model stopped (default: `console.error`). */
  readonly onTrouble?: (error: Error) => void
  /** Told that what was away is back (default: `console.error`, where `onTrouble` is not given either). */
  readonly onRecovery?: (message: string) => void
}

type Given = { readonly [Each in 'log' | 'store' | 'checkpoints']: StartOptions[Each] | undefined } & Pick<StartOptions, 'log'>

/**
 * Runs an app in this process: owns the shards the log gives it, follows the log into the read models, takes commands and
 * answers queries. Resolves once it follows the log; `status().ready` says when all has been folded. The log and the stores
 * are the app's from the call on: where it rejects, it has closed them.
 */
export async function start<A extends App>(app: A, options: StartOptions): Promise<Running<A>> {
  try {
    return await run(app, options)
  } catch (error) {
    // Why it did not start is what counts, whatever closing leads to.
    await closeAll({ store: undefined, checkpoints: undefined, ...options }).catch(() => undefined)
    throw error
  }
}

/** All of them, even where one can't be closed. */
async function closeAll({ checkpoints, store, log }: Given): Promise<void> {
  try {
    await checkpoints?.[Symbol.asyncDispose]()
  } finally {
    try {
      await store?.[Symbol.asyncDispose]()
    } finally {
      await log[Symbol.asyncDispose]()
    }
  }
}

async function run<A extends App>(app: A, options: StartOptions): Promise<Running<A>> {
  const {
    log,
    checkpoints,
    clock = systemClock,
    store = createMemoryReadStore(),
    rememberedPositions = 32_768,
    maxInFlight = 10_000,
  } = options
  requireCount('maxInFlight', maxInFlight)
  requireCount('rememberedPositions', rememberedPositions)
  requireTables(app, store)
  const onTrouble = options.onTrouble ?? ((error: Error): void => console.error(`millrace: ${error.message}`))
  const registry = createRegistry(app)
  const stopFollowing = new AbortController()
  const stopDeciding = new AbortController()
  const counts: Counts = { accepted: 0, rejected: 0, failed: 0, repeated: 0, parked: 0, events: 0 }
  const parked = new ParkedCommands()
  const waiters = new Map<string, Waiter[]>()
  const trace = new Trace(clock)
  const ends = await log.ends()
  const sayRecovery = options.onTrouble === undefined ? (message: string): void => console.error(`millrace: ${message}`) : () => undefined
  const onRecovery = options.onRecovery ?? sayRecovery
  const trouble = new LogTrouble(log, { onTrouble, onRecovery })
  const storeTrouble = new StoreTrouble(store, { clock, onTrouble, onRecovery })
  let logError: Error | undefined

  const followers = ends.map(
    (end, partition) =>
      new Follower(partition, Math.max(0, end - rememberedPositions), { log, waiters, counts, parked, trace, rememberedPositions }),
  )
  const held = new Set<Held>()
  const marks = new LogMarks(log, clock)
  const readModels = new Map<string, ReadModelBuilds>()
  if (app.projections.length > 0) {
    const plans = await Plans.open(store, log)
    const context = {
      log,
      store,
      clock,
      trace,
      marks,
      storeTrouble,
      onTrouble,
      plans,
      owned: () => held,
      ends: () => followers.map(({ next }, at) => Math.max(next, ends[at]!)),
    }
    for (const projection of app.projections) readModels.set(projection.name, new ReadModelBuilds(projection, context))
  }
  const builds = [...readModels.values()]
  await openAll(builds)
  const shards = new Map<number, Shard>()
  const sending = new Sending({ registry, log, clock, followers, waiters, trace, maxInFlight, trouble })
  const asking = new Asking(builds, marks, clock)

  const noteLogError = (error: unknown): void => {
    if (stopFollowing.signal.aborted) return
    logError = error as Error
    onTrouble(logError)
    sending.failAll(logError)
  }
  const following = followers.map((follower) => follower.run(stopFollowing.signal).catch(noteLogError))
  // What the log says of itself is told once, not once for every shard that is lost by it.
  const onLost = (error: Error): void => {
    if (trouble.look() === undefined) onTrouble(error)
  }
  const reactors = new Set<ReactorLoop>()
  const runReactor = async (loop: ReactorLoop): Promise<void> => {
    try {
      await loop.run()
    } catch (error) {
      const { name, partition } = loop.status
      onTrouble(
        new MillraceError('REACTOR_STOPPED', `reactor '${name}' has stopped in partition ${partition}: ${(error as Error).message}`, {
          cause: error,
          at: { reactor: name, partition },
        }),
      )
    }
  }
  const deciding = log
    .own(async (owned) => {
      const { partition } = owned
      const follower = followers[partition]!
      const shard = new Shard(owned, { registry, log, clock, checkpoints, follower, trace, onTrouble, onLost })
      shards.set(partition, shard)
      const reacting = app.reactors.map((each) => new ReactorLoop(each, owned, shard, { log, registry, clock, onTrouble }))
      for (const each of reacting) reactors.add(each)
      held.add(owned)
      trouble.look()
      try {
        await Promise.all([shard.run(), ...builds.map((each) => each.own(owned)), ...reacting.map((each) => runReactor(each))])
      } finally {
        for (const each of reacting) reactors.delete(each)
        held.delete(owned)
        if (shards.get(partition) === shard) shards.delete(partition)
      }
    }, stopDeciding.signal)
    .catch(noteLogError)

  let stopping: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    sending.close()
    await sending.drained()
    stopDeciding.abort()
    await deciding
    asking.close()
    stopFollowing.abort()
    await Promise.all([...following, ...builds.map((each) => each.close())])
    await closeAll({ checkpoints, store, log })
    sending.failAll(new MillraceError('APP_STOPPED', `app '${app.name}' has stopped`))
  }

  const status = (): Status => {
    const now = followers.map(({ next }) => next)
    const shardStatus = [...shards.values()].map((shard) => shard.status).sort((one, other) => one.partition - other.partition)
    const projections = builds.flatMap((each) => each.status(now))
    const away = trouble.look()
    const isFollowing = followers.every(({ next }, partition) => next >= ends[partition]!)
    return {
      ready:
        stopping === undefined &&
        logError === undefined &&
        away === undefined &&
        storeTrouble.now === undefined &&
        isFollowing &&
        shardStatus.every(({ state }) => state === 'ready') &&
        projections.every(({ role, state }) => role !== 'serving' || state === 'live'),
      log: logStatus(logError, away),
      store: storeTrouble.now === undefined ? { state: 'ok' } : { state: 'unavailable', error: storeTrouble.now },
      shards: shardStatus,
      projections,
      reactors: [...reactors].map((each) => each.status),
      inFlight: sending.inFlight,
    }
  }

  const buildsOf = (name: string): ReadModelBuilds => {
    const found = readModels.get(name)
    if (found !== undefined) return found
    throw new MillraceError('READ_MODEL_UNKNOWN', `there is no projection '${name}' (known: ${[...readModels.keys()].join(', ')})`)
  }

  const parkedEvents = (): readonly ParkedEvent[] => [
    ...builds.flatMap((each) => each.parked()),
    ...[...reactors].flatMap(({ status: { name, partition, parked: keys } }) =>
      keys.map(({ tries, triedAt: _, ...key }) => ({ reader: name, kind: 'reactor' as const, partition, ...key, attempts: tries })),
    ),
  ]
  const isKnown = (name: string, key: string): boolean =>
    readModels.has(name) ||
    [...reactors].some((each) => each.isLoaded && each.reactor.name === name && each.status.partition === partitionOf(key, log.partitions))
  const operating = new Operating({ app, sending, parked: parkedEvents, isKnown })

  const running: Running = {
    app,
    send: (type, data, sendOptions) => sending.send(type, data, sendOptions),
    submit: (type, data, sendOptions) => sending.submit(type, data, sendOptions),
    outcome: (commandId) => sending.outcome(commandId),
    query: async (name, input, queryOptions) => JSON.parse((await asking.answer(name, input, queryOptions)).json) as never,
    answer: (name, input, queryOptions) => asking.answer(name, input, queryOptions),
    watch: (name, input, watchOptions) => asking.watch(name, input, watchOptions) as never,
    live: (name, input, liveOptions) => asking.live(name, input, liveOptions),
    rebuild: async (projection) => buildsOf(projection).rebuild(),
    rollBack: async (projection) => buildsOf(projection).rollBack(),
    removeKept: async (projection) => buildsOf(projection).removeKept(),
    verify: async (projection, verifyOptions) => {
      const { serving } = buildsOf(projection)
      return verify({ projection: serving.projection, log, store, served: serving }, verifyOptions)
    },
    status,
    counters: () => ({ ...counts }),
    parked: () => ({ commands: parked.list(), events: parkedEvents() }),
    retryParked: (what, decision) => operating.retry(what, decision),
    skipParked: (what, decision) => operating.skip(what, decision),
    trace: (commandId) => trace.get(commandId),
    stop: () => (stopping ??= stop()),
    [Symbol.asyncDispose]: () => (stopping ??= stop()),
  }
  return running as unknown as Running<A>
}

/** All, or none of them is left open. */
async function openAll(builds: readonly ReadModelBuilds[]): Promise<void> {
  const opened = await Promise.allSettled(builds.map((each) => each.open()))
  const failed = opened.find(({ status }) => status === 'rejected')
  if (failed === undefined) return
  await Promise.all(builds.map((each) => each.close()))
  throw (failed as PromiseRejectedResult).reason
}

function logStatus(stopped: Error | undefined, away: Error | undefined): Status['log'] {
  if (stopped !== undefined) return { state: 'stopped', error: stopped }
  return away === undefined ? { state: 'ok' } : { state: 'unavailable', error: away }
}

function requireTables({ projections }: App, store: ReadStore | SharedReadStore): void {
  const tabled = projections.find(({ tables, previous }) => tables.length > 0 || (previous?.tables.length ?? 0) > 0)
  if (tabled === undefined || store.hasTables === true) return
  throw new TypeError(
    `start: projection '${tabled.name}' has tables, and its store has no SQL: set MILLRACE_STORE to sqlite:<directory> or postgres://…, ` +
      "or, in code, give start a 'store' that has (openSqliteReadStore, for one); in memory there are only documents",
  )
}

function requireCount(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) throw new TypeError(`start: ${name}: expected a whole number from 1, got ${value}`)
}
