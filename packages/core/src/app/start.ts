import { MillraceError } from '../errors.ts'
import { systemClock, type Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import { createMemoryReadStore } from '../ports/memory-read-store.ts'
import type { ReadStore } from '../ports/read-store.ts'
import type { ShardCheckpoints } from '../ports/shard-checkpoints.ts'
import type { SharedReadStore } from '../ports/shared-read-store.ts'
import type { Held } from '../projection/folding/partition-fold.ts'
import { createRegistry } from '../shard/registry.ts'
import type { App } from './app.ts'
import { closeAll } from './close-all.ts'
import { Follower, type Counts, type Waiter } from './follower.ts'
import { LogTrouble } from './log-trouble.ts'
import { Operating } from './operating.ts'
import { ParkedCommands } from './parked-commands.ts'
import { ReadSide } from './read-side.ts'
import { answersQueries, ownsShards, requireRole, type Role } from './role.ts'
import type { ParkedEvent, Running } from './running.ts'
import { Sending } from './sending.ts'
import { toStatus } from './status.ts'
import { StoreTrouble } from './store-trouble.ts'
import { Trace } from './trace.ts'
import { WriteSide } from './write-side.ts'

export interface StartOptions {
  /** Where commands and events live. Closed when the app stops, or does not start. */
  readonly log: Log
  /**
   * Where read models live (default: in memory, folded again at every start). Closed when the app stops, or does not start.
   * With the role `write` it is used only where instances share it.
   */
  readonly store?: ReadStore | SharedReadStore
  /** Where shards keep what they folded (default: nowhere, folded again at every start). Closed as the log is. */
  readonly checkpoints?: ShardCheckpoints
  /** What this instance does of the app (default: `all`): decide commands, answer queries, or both. */
  readonly role?: Role
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

/**
 * Runs an app in this process: owns the shards the log gives it, follows the log into the read models, takes commands and
 * answers queries; or, as `role` says, one side of that. Resolves once it follows the log; `status().ready` says when all has
 * been folded. The log and the stores are the app's from the call on: where it rejects, it has closed them.
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

async function run<A extends App>(app: A, options: StartOptions): Promise<Running<A>> {
  const {
    log,
    checkpoints,
    role = 'all',
    clock = systemClock,
    store = createMemoryReadStore(),
    rememberedPositions = 32_768,
    maxInFlight = 10_000,
  } = options
  requireRole(role)
  requireCount('maxInFlight', maxInFlight)
  requireCount('rememberedPositions', rememberedPositions)
  if (answersQueries(role)) requireTables(app, store)
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
  const readSide = await ReadSide.open({
    app,
    role,
    log,
    store,
    clock,
    trace,
    storeTrouble,
    onTrouble,
    owned: () => held,
    ends: () => followers.map(({ next }, at) => Math.max(next, ends[at]!)),
  })
  const { asking } = readSide
  const sending = new Sending({ registry, log, clock, followers, waiters, trace, maxInFlight, trouble })
  const fold = (shard: Held): Promise<void> => readSide.fold(shard)
  const writeSide = new WriteSide({ app, registry, log, clock, checkpoints, followers, trace, trouble, onTrouble, held, fold })

  const noteLogError = (error: unknown): void => {
    if (stopFollowing.signal.aborted) return
    logError = error as Error
    onTrouble(logError)
    sending.failAll(logError)
  }
  const following = followers.map((follower) => follower.run(stopFollowing.signal).catch(noteLogError))
  const deciding = ownsShards(role) ? writeSide.run(stopDeciding.signal).catch(noteLogError) : Promise.resolve()

  let stopping: Promise<void> | undefined
  const stop = async (): Promise<void> => {
    sending.close()
    await sending.drained()
    stopDeciding.abort()
    await deciding
    asking.close()
    stopFollowing.abort()
    await Promise.all([...following, readSide.close()])
    await closeAll({ checkpoints, store, log })
    sending.failAll(new MillraceError('APP_STOPPED', `app '${app.name}' has stopped`))
  }

  const parkedEvents = (): readonly ParkedEvent[] => [...readSide.parked(), ...writeSide.parked()]
  const operating = new Operating({
    app,
    role,
    sending,
    parked: parkedEvents,
    isListed: (reader) => readSide.has(reader) || (ownsShards(role) && app.reactors.some(({ name }) => name === reader)),
    isKnown: (reader, key) => readSide.has(reader) || writeSide.knows(reader, key),
  })

  const running: Running = {
    app,
    role,
    send: (type, data, sendOptions) => sending.send(type, data, sendOptions),
    submit: (type, data, sendOptions) => sending.submit(type, data, sendOptions),
    outcome: (commandId) => sending.outcome(commandId),
    query: async (name, input, queryOptions) => JSON.parse((await asking.answer(name, input, queryOptions)).json) as never,
    answer: (name, input, queryOptions) => asking.answer(name, input, queryOptions),
    watch: (name, input, watchOptions) => asking.watch(name, input, watchOptions) as never,
    live: (name, input, liveOptions) => asking.live(name, input, liveOptions),
    rebuild: async (projection) => readSide.buildsOf(projection).rebuild(),
    rollBack: async (projection) => readSide.buildsOf(projection).rollBack(),
    removeKept: async (projection) => readSide.buildsOf(projection).removeKept(),
    verify: (projection, verifyOptions) => readSide.verify(projection, verifyOptions),
    status: () =>
      toStatus({
        role,
        isStopping: stopping !== undefined,
        isFollowing: followers.every(({ next }, partition) => next >= ends[partition]!),
        log: { stopped: logError, away: trouble.look() },
        storeAway: storeTrouble.now,
        shards: writeSide.shards,
        projections: readSide.status(followers.map(({ next }) => next)),
        reactors: writeSide.reactors,
        inFlight: sending.inFlight,
      }),
    counters: () => ({ ...counts }),
    parked: () => ({ commands: parked.list(), events: parkedEvents(), unknown: writeSide.unknown }),
    retryParked: (what, decision) => operating.retry(what, decision),
    skipParked: (what, decision) => operating.skip(what, decision),
    trace: (commandId) => trace.get(commandId),
    stop: () => (stopping ??= stop()),
    [Symbol.asyncDispose]: () => (stopping ??= stop()),
  }
  return running as unknown as Running<A>
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
