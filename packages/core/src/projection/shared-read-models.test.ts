import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import {
  aggregate,
  app,
  createMemoryLog,
  createMemorySharedReadStore,
  event,
  ignore,
  projection,
  start,
  systemClock,
  type Clock,
  type Log,
  type SharedReadModel,
} from '../index.ts'

const PARTITIONS = 4
/** How often a build looks whether it may serve. */
const LOOK_EVERY_MS = 50
const pause = (ms: number): Promise<void> => new Promise((resolve) => void systemClock.after(ms, resolve))

const counter = aggregate('counter', {
  commands: { Add: z.object({ id: z.string() }) },
  events: { Added: z.object({}) },
  key: ({ id }) => id,
  initialState: () => 0,
  decide: { Add: () => [event('Added', {})] },
  evolve: { Added: (count) => count + 1 },
})
/** A document for each counter, and one that all partitions write to. */
const counts = projection('counts', {
  from: [counter],
  document: z.object({ count: z.number() }),
  on: {
    Added: async (_data, { key, model }) => {
      for (const each of [key, 'all']) model.put(each, { count: ((await model.get(each))?.count ?? 0) + 1 })
    },
  },
  queries: (query) => ({ count: query(z.object({ id: z.string() }), async ({ id }, model) => (await model.get(id))?.count ?? 0) }),
})
const noted = aggregate('noted', {
  commands: { Add: z.object({ id: z.string() }), Note: z.object({ id: z.string() }) },
  events: { Added: z.object({}), Noted: z.object({}) },
  key: ({ id }) => id,
  initialState: () => 0,
  decide: { Add: () => [event('Added', {})], Note: () => [event('Noted', {})] },
  evolve: { Added: (count) => count + 1, Noted: (count) => count },
})
const counters = app('counters', { aggregates: [counter], projections: [counts] })

/** A log that outlives the apps on it. The app that is started last owns all shards; those before it follow. */
function lastingLog(): Log {
  return Object.assign(Object.create(createMemoryLog({ partitions: PARTITIONS })) as Log, {
    [Symbol.asyncDispose]: () => Promise.resolve(),
  })
}

async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!(await isTrue())) {
    assert.ok(performance.now() < deadline, `${what}: not within 60 s`)
    await pause(2)
  }
}

test('partitions that write the same document lose nothing, and who owns nothing answers with what the owner wrote', async () => {
  const world = { log: lastingLog(), store: createMemorySharedReadStore() }
  await using former = await start(counters, world)
  await former.send('Add', { id: 'c0' })
  await using owner = await start(counters, world)
  const sent = await Promise.all(Array.from({ length: 800 }, (_, at) => former.send('Add', { id: `c${at % 40}` })))
  for (const running of [former, owner]) {
    for (const { position } of sent.slice(-40)) await running.query('count', { id: 'all' }, { after: position })
    assert.equal(await running.query('count', { id: 'all' }), 801)
    assert.equal(await running.query('count', { id: 'c0' }), 21)
    const { differing, documents } = await running.verify('counts')
    assert.deepEqual({ differing, documents }, { differing: 0, documents: 41 })
  }
})

test('an owner that is stalled in the middle of a commit cannot write once another one has taken over', async () => {
  const stalled = Promise.withResolvers<undefined>()
  const isStalling = Promise.withResolvers<undefined>()
  let stallToken: number | undefined
  const store = createMemorySharedReadStore({
    beforeCommit(name, partition, token) {
      if (name !== 'counts' || partition !== 0 || token !== (stallToken ??= token)) return undefined
      isStalling.resolve(undefined)
      return stalled.promise
    },
  })
  const log = lastingLog()
  await using former = await start(counters, { log, store })
  await isStalling.promise
  const sent = await Promise.all(Array.from({ length: 100 }, (_, at) => former.send('Add', { id: `c${at}` })))
  await using owner = await start(counters, { log, store })
  for (const { position } of sent) await owner.query('count', { id: 'all' }, { after: position })
  stalled.resolve(undefined)
  await pause(20)
  assert.equal(await owner.query('count', { id: 'all' }), 100, 'nothing is counted twice')
  assert.equal((await owner.verify('counts')).differing, 0)
  assert.equal(await former.query('count', { id: 'all' }), 100)
})

test('shards that go to and fro while commands come leave neither a gap nor a double', async () => {
  const world = { log: lastingLog(), store: createMemorySharedReadStore() }
  await using asked = await start(counters, world)
  let sent = 0
  const over = new AbortController()
  const sending = (async () => {
    while (!over.signal.aborted) {
      await asked.submit('Add', { id: `c${sent++ % 30}` })
      if (sent % 10 === 0) await pause(0)
    }
  })()
  for (let round = 0; round < 8; round++) {
    await using owner = await start(counters, world)
    await until('it decides', () => owner.status().ready)
    await pause(10)
  }
  await using owner = await start(counters, world)
  over.abort()
  await sending
  await until('all is counted', async () => (await owner.query('count', { id: 'all' })) === sent)
  assert.equal((await owner.verify('counts')).differing, 0)
  await until('those who follow know too', async () => (await asked.query('count', { id: 'all' })) === sent)
})

test('a rebuild on one instance switches all of them', async () => {
  const world = { log: lastingLog(), store: createMemorySharedReadStore() }
  await using former = await start(counters, world)
  await using owner = await start(counters, world)
  for (let at = 0; at < 50; at++) await owner.send('Add', { id: 'c' })
  const rebuilt = await owner.rebuild('counts')
  assert.deepEqual([rebuilt.to, rebuilt.compared.differing], ['1.1', 0])
  const servedBy = (running: typeof owner): string | undefined =>
    running.status().projections.find(({ role }) => role === 'serving')?.version
  await until('both serve it', () => servedBy(former) === '1.1' && servedBy(owner) === '1.1')
  const { position } = await former.send('Add', { id: 'c' })
  assert.equal(await former.query('count', { id: 'c' }, { after: position }), 51)
  await former.rollBack('counts')
  await until('both went back', () => servedBy(former) === '1' && servedBy(owner) === '1')
  assert.equal(await owner.query('count', { id: 'c' }, { after: position }), 51)
})

test('a build that another instance let serve goes on where it was stopped by what a build beside must stop at', async () => {
  const fussy = projection('counts', {
    from: [counter],
    document: z.object({ count: z.number() }),
    on: {
      Added: async (_data, { key, model }) => {
        if (key === 'bad') throw new Error('a slip')
        model.put(key, { count: ((await model.get(key))?.count ?? 0) + 1 })
      },
    },
    queries: (query) => ({ count: query(z.object({ id: z.string() }), async ({ id }, model) => (await model.get(id))?.count ?? 0) }),
  })
  const fussyCounters = app('counters', { aggregates: [counter], projections: [fussy] })
  const log = lastingLog()
  const store = createMemorySharedReadStore()
  const late = Promise.withResolvers<undefined>()
  await using former = await start(fussyCounters, { log, store, onTrouble: () => undefined })
  // Owns all shards; hears at once that there is a build, and late that it serves. It does not look by itself either.
  await using owner = await start(fussyCounters, {
    log,
    store: { ...store, open: async (name, version) => afterTheFirst(await store.open(name, version), name, late.promise) },
    clock: {
      ...systemClock,
      after: (ms, call) => systemClock.after(ms, () => (ms === LOOK_EVERY_MS ? void late.promise.then(call) : call())),
    },
    onTrouble: () => undefined,
  })
  const build = () => owner.status().projections.find(({ version }) => version === '1.1')
  const { position } = await owner.send('Add', { id: 'c' })
  await former.query('count', { id: 'c' }, { after: position })
  await former.rebuild('counts')
  await former.send('Add', { id: 'bad' })
  await until('the build is stopped', () => build()?.state === 'stopped')
  assert.equal(build()?.role, 'building')
  late.resolve(undefined)
  await until('it serves, with the key parked', () => build()?.role === 'serving' && build()?.parked === 1)
  const after = await former.send('Add', { id: 'c' })
  for (const running of [former, owner]) assert.equal(await running.query('count', { id: 'c' }, { after: after.position }), 2)
})

/** Tells of the first commit of `millrace.plans` as it comes, and of all others once `late` has come. */
function afterTheFirst(model: SharedReadModel, name: string, late: Promise<unknown>): SharedReadModel {
  if (name !== 'millrace.plans') return model
  let told = 0
  const follow: SharedReadModel['follow'] = (listener) =>
    model.follow((...commit) => (told++ === 0 ? listener(...commit) : void late.then(() => listener(...commit))))
  return Object.assign(Object.create(model) as SharedReadModel, { follow })
}

/** Counts what is added, and nothing of what is noted. */
const additions = projection('additions', {
  from: [noted],
  document: z.object({ count: z.number() }),
  on: {
    Added: async (_data, { key, model }) => model.put(key, { count: ((await model.get(key))?.count ?? 0) + 1 }),
    Noted: ignore,
  },
  queries: (query) => ({ additions: query(z.object({ id: z.string() }), async ({ id }, model) => (await model.get(id))?.count ?? 0) }),
})

/** A clock of which the short timers, up to 20 ms, do not go off by themselves. */
function haltedClock() {
  const halted = new Set<() => void>()
  const clock: Clock = {
    nowMs: () => systemClock.nowMs(),
    after(delayMs, callback) {
      if (delayMs > 20) return systemClock.after(delayMs, callback)
      halted.add(callback)
      return () => halted.delete(callback)
    },
  }
  const goOff = (): void => {
    for (const callback of [...halted]) {
      halted.delete(callback)
      callback()
    }
  }
  return { clock, goOff }
}

test('what changes nothing in a read model is stored with what does, or soon; at once where somebody waits for it', async () => {
  let commits = 0
  const store = createMemorySharedReadStore({
    beforeCommit(name) {
      if (name === 'additions') commits++
      return undefined
    },
  })
  const log = lastingLog()
  const { clock, goOff } = haltedClock()
  const notes = app('notes', { aggregates: [noted], projections: [additions] })
  await using other = await start(notes, { log, store })
  await using owner = await start(notes, { log, store, clock })
  await until('it decides', () => {
    goOff()
    return owner.status().ready
  })
  const note = () => owner.send('Note', { id: 'a' })

  await owner.query('additions', { id: 'a' }, { after: await owner.send('Add', { id: 'a' }) })
  const before = commits
  let last = await note()
  for (let at = 1; at < 50; at++) last = await note()
  assert.equal(commits, before, 'nothing is stored of what concerns it not')
  assert.equal(await owner.query('additions', { id: 'a' }, { after: last, timeoutMs: 5_000 }), 1)
  assert.equal(commits, before + 1, 'who waits here need not wait long')

  for (let at = 0; at < 50; at++) await note()
  last = await owner.send('Add', { id: 'a' })
  assert.equal(await owner.query('additions', { id: 'a' }, { after: last }), 2)
  assert.equal(commits, before + 2, 'it goes along with the next change')

  last = await note()
  const waiting = other.query('additions', { id: 'a' }, { after: last, timeoutMs: 10_000 })
  await pause(30)
  assert.equal(commits, before + 2)
  goOff()
  assert.equal(await waiting, 2, 'another instance learns of it when it is due')
  assert.equal(commits, before + 3)
  assert.equal((await owner.verify('additions')).differing, 0)
})
