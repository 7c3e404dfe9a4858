import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import {
  aggregate,
  app,
  createMemoryLog,
  createMemoryReadStore,
  event,
  projection,
  start,
  systemClock,
  type Log,
  type Projection,
  type ReadStore,
  type Running,
} from '../../index.ts'

const pause = (ms: number): Promise<void> => new Promise((resolve) => void systemClock.after(ms, resolve))

const counter = aggregate('counter', {
  commands: { Add: z.object({ id: z.string() }) },
  events: { Added: z.object({}) },
  key: ({ id }) => id,
  initialState: () => 0,
  decide: { Add: () => [event('Added', {})] },
  evolve: { Added: (count) => count + 1 },
})

/** Counts in steps of `step`, as a version that was wrong does. */
const countsIn = (version: number, step: number, previous?: Projection) =>
  projection('counts', {
    from: [counter],
    version,
    ...(previous !== undefined && { previous }),
    document: z.object({ count: z.number() }),
    on: {
      Added: async (_data, { key, model }) => model.put(key, { count: ((await model.get(key))?.count ?? 0) + step }),
    },
    queries: (query) => ({ count: query(z.object({ id: z.string() }), async ({ id }, model) => (await model.get(id))?.count ?? 0) }),
  })
const counters = (counts: ReturnType<typeof countsIn>) => app('counters', { aggregates: [counter], projections: [counts] })
type Counters = Running<ReturnType<typeof counters>>

/** What outlives an app: its log, and its store. */
function kept(): { readonly log: Log; readonly store: ReadStore } {
  const log = createMemoryLog({ partitions: 2 })
  const store = createMemoryReadStore()
  const stays = { [Symbol.asyncDispose]: () => Promise.resolve() }
  return { log: Object.assign(Object.create(log) as Log, stays), store: { ...store, ...stays } }
}

async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!(await isTrue())) {
    assert.ok(performance.now() < deadline, `${what}: not within 60 s`)
    await pause(5)
  }
}

const roles = (running: Pick<Counters, 'status'>): Record<string, string> =>
  Object.fromEntries(running.status().projections.map(({ version, role }) => [version, role]))

async function add(running: Counters, times: number): Promise<string> {
  let position = ''
  for (let sent = 0; sent < times; sent++) ({ position } = await running.send('Add', { id: 'a' }))
  return position
}

const countOf = (running: Counters, after?: string): Promise<number> => running.query('count', { id: 'a' }, { after })

test('a new version is built beside the one that serves, takes over in one step, and one step goes back', async () => {
  const world = kept()
  const first = countsIn(1, 10)
  {
    await using running = await start(counters(first), world)
    assert.equal(await countOf(running, await add(running, 50)), 500)
    assert.deepEqual(roles(running), { 1: 'serving' })
  }
  await using running = await start(counters(countsIn(2, 1, first)), world)
  assert.equal(roles(running)['1'], 'serving', 'the former version serves at once')
  await until('the new version serves', () => roles(running)['2'] === 'serving')
  const after = await add(running, 1)
  assert.equal(await countOf(running, after), 51)
  assert.deepEqual(roles(running), { 1: 'kept', 2: 'serving' })
  await running.rollBack('counts')
  assert.deepEqual([await countOf(running), roles(running)], [510, { 1: 'serving', 2: 'kept' }])
  assert.equal(await countOf(running, await add(running, 1)), 520, 'the one before was kept up to date')
  await running.rollBack('counts')
  assert.equal(await countOf(running), 52)
  await running.removeKept('counts')
  assert.deepEqual(roles(running), { 2: 'serving' })
  await assert.rejects(running.rollBack('counts'), { code: 'READ_MODEL_UNKNOWN' })
})

test('who went back is not taken forward again by a restart', async () => {
  const world = kept()
  const first = countsIn(1, 10)
  {
    await using running = await start(counters(first), world)
    await add(running, 1)
  }
  {
    await using running = await start(counters(countsIn(2, 1, first)), world)
    await until('the new version serves', () => roles(running)['2'] === 'serving')
    await running.rollBack('counts')
  }
  await using running = await start(counters(countsIn(2, 1, first)), world)
  await pause(200)
  assert.deepEqual(roles(running), { 1: 'serving', 2: 'kept' })
  assert.equal(await countOf(running, await add(running, 1)), 20)
})

test('without the version before, the new one is built in its place', async () => {
  const world = kept()
  {
    await using running = await start(counters(countsIn(1, 10)), world)
    await add(running, 5)
  }
  await using running = await start(counters(countsIn(2, 1)), world)
  await until('it is ready', () => running.status().ready)
  assert.deepEqual([await countOf(running, await add(running, 1)), roles(running)], [6, { 2: 'serving' }])
})

test('a rebuild while commands go on changes no answer, and says how a sample compares', async () => {
  const world = kept()
  await using running = await start(counters(countsIn(1, 1)), world)
  await add(running, 200)
  const over = new AbortController()
  let counted = 0
  const using_ = (async () => {
    while (!over.signal.aborted) {
      const now = await countOf(running, await add(running, 1))
      assert.ok(now > counted, `${now} after ${counted}`)
      counted = now
      // In memory all this takes no time: timers would never be due.
      await pause(0)
    }
    return
  })()
  const rebuilt = await running.rebuild('counts')
  await pause(50)
  over.abort()
  await using_
  const { differences: _differences, ...compared } = rebuilt.compared
  assert.deepEqual({ ...rebuilt, compared }, { projection: 'counts', from: '1', to: '1.1', compared: { documents: 1, differing: 0 } })
  assert.deepEqual(roles(running), { 1: 'kept', 1.1: 'serving' })
  assert.equal((await running.rebuild('counts')).to, '1.2')
  assert.deepEqual(roles(running), { 1.1: 'kept', 1.2: 'serving' })
  assert.equal(await countOf(running), counted)
})

test('a rebuild that cannot handle an event says why, and what serves goes on', async () => {
  const world = kept()
  const first = countsIn(1, 1)
  {
    await using running = await start(counters(first), world)
    await add(running, 3)
  }
  const broken = projection('counts', {
    from: [counter],
    version: 2,
    previous: first,
    document: z.object({ count: z.number() }),
    on: {
      Added: () => {
        throw new Error('a slip')
      },
    },
    queries: (query) => ({ count: query(z.object({ id: z.string() }), () => Promise.resolve(0)) }),
  })
  const told: Error[] = []
  const brokenCounters = app('counters', { aggregates: [counter], projections: [broken] })
  await using running = await start(brokenCounters, { ...world, onTrouble: (error) => told.push(error) })
  await until('it is told', () => told.some(({ message }) => message.includes('a slip')))
  assert.equal(await countOf(running, await add(running, 1)), 4)
  assert.ok(running.status().ready)
  await assert.rejects(running.rebuild('counts'), { code: 'READ_MODEL_STOPPED', message: /a slip/ })
  assert.equal(await countOf(running), 4)
})

test('who goes back gives up what is being built, and who waits for that is told; so is who stops the app', async () => {
  let isSlow = false
  const slow = projection('counts', {
    from: [counter],
    document: z.object({ count: z.number() }),
    on: {
      Added: async (_data, { key, model }) => {
        if (isSlow) await pause(2)
        model.put(key, { count: ((await model.get(key))?.count ?? 0) + 1 })
      },
    },
    queries: (query) => ({ count: query(z.object({ id: z.string() }), async ({ id }, model) => (await model.get(id))?.count ?? 0) }),
  })
  const world = kept()
  await using running = await start(app('counters', { aggregates: [counter], projections: [slow] }), world)
  await add(running, 100)
  await running.rebuild('counts')
  isSlow = true
  const given = assert.rejects(running.rebuild('counts'), { code: 'READ_MODEL_SWITCHED', message: /given up/ })
  await until('it is being built', () => roles(running)['1.2'] === 'building')
  await running.rollBack('counts')
  await given
  assert.deepEqual(roles(running), { 1: 'serving', 1.1: 'kept' })
  const left = await world.store.open('counts', `1.2 of ${world.log.identity}`)
  assert.equal(left.checkpoint.size, 0, 'nothing is left of it')
  const stopped = assert.rejects(running.rebuild('counts'), { code: 'APP_STOPPED' })
  await until('another one is being built', () => Object.values(roles(running)).includes('building'))
  await running.stop()
  await stopped
})

test('stopped while a build is being opened, an app leaves nothing that goes on', async () => {
  const { log, store } = kept()
  const opening = Promise.withResolvers<undefined>()
  const stopping = Promise.withResolvers<undefined>()
  let timers = 0
  const running = await start(counters(countsIn(1, 1)), {
    log,
    store: {
      ...store,
      async open(name, version) {
        if (version.startsWith('1.1 ')) {
          opening.resolve(undefined)
          await stopping.promise
        }
        return store.open(name, version)
      },
    },
    clock: {
      nowMs: () => systemClock.nowMs(),
      after(ms, call) {
        timers++
        return systemClock.after(ms, call)
      },
    },
  })
  await add(running, 3)
  const rebuilt = assert.rejects(running.rebuild('counts'), { code: 'APP_STOPPED' })
  await opening.promise
  const stopped = running.stop()
  await pause(10)
  stopping.resolve(undefined)
  await Promise.all([rebuilt, stopped])
  const before = timers
  await pause(120)
  assert.equal(timers, before, 'nothing waits for anything any more')
})

test('a live query is ended by the switch with a reason to ask again, and watch goes on by itself', async () => {
  await using running = await start(counters(countsIn(1, 1)), kept())
  await add(running, 3)
  let ended: unknown
  using _live = await running.live('count', { id: 'a' }, { onReady: () => undefined, onEnd: (error) => (ended = error) })
  const over = new AbortController()
  const seen: number[] = []
  const watching = (async () => {
    for await (const count of running.watch('count', { id: 'a' }, { signal: over.signal })) seen.push(count)
  })()
  await running.rebuild('counts')
  assert.equal((ended as { code?: string }).code, 'READ_MODEL_SWITCHED')
  await add(running, 2)
  await until('the watcher sees the last one', () => seen.at(-1) === 5)
  over.abort()
  await watching
  assert.deepEqual(
    [...seen].sort((one, other) => one - other),
    seen,
    'it never goes back',
  )
})

test('a previous version must be one', () => {
  assert.throws(() => countsIn(1, 1, countsIn(1, 1)), /lower than 1/)
  assert.throws(() => countsIn(3, 1, countsIn(2, 1, countsIn(1, 1))), /has a previous one itself/)
})
