import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import {
  aggregate,
  app,
  createMemoryLog,
  createMemoryReadStore,
  event,
  MillraceError,
  projection,
  start,
  type Log,
  type ShardCheckpoint,
  type ShardCheckpoints,
} from '../index.ts'
import { gappyLog, recordsOf, withShards } from './fixtures/logs.ts'

const bag = aggregate('bag', {
  commands: { Put: z.object({ bag: z.string(), things: z.array(z.string()) }), Count: z.object({ bag: z.string() }) },
  events: { Added: z.object({ thing: z.string() }), Counted: z.object({ count: z.number() }) },
  key: (command) => command.bag,
  initialState: () => ({ count: 0 }),
  decide: {
    Put: ({ things }) => things.map((thing) => event('Added', { thing })),
    Count: (_data, { count }) => [event('Counted', { count })],
  },
  evolve: {
    Added: (state) => {
      state.count++
      return state
    },
    Counted: (state) => state,
  },
})
const counts = projection('counts', {
  from: [bag],
  document: z.object({ count: z.number() }),
  on: {
    Added: async (_data, { key, model }) => model.put(key, { count: ((await model.get(key))?.count ?? 0) + 1 }),
    Counted: () => {},
  },
  queries: (query) => ({ count: query(z.object({ bag: z.string() }), async ({ bag }, model) => (await model.get(bag))?.count ?? 0) }),
})
const bags = app('bags', { aggregates: [bag], projections: [counts] })
const kept = (log: Log): Log => ({ ...log, [Symbol.asyncDispose]: () => Promise.resolve() })
const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))

test('a command whose records are too large for the log fails, says so, and changes nothing', async () => {
  await using running = await start(bags, { log: { ...createMemoryLog({ partitions: 1 }), maxCommandBytes: 10_000 } })
  await running.send('Put', { bag: 'a', things: ['one'] })
  const large = await running.send('Put', { bag: 'a', things: ['two', 'x'.repeat(4_000)] })
  assert.ok(large.outcome === 'failed')
  assert.match(large.message, /takes 1\d{4} bytes in the log, and may take 10000$/)
  const counted = await running.send('Count', { bag: 'a' })
  assert.deepEqual(counted.outcome === 'accepted' && counted.events, [{ type: 'Counted', data: { count: 1 } }])
  assert.equal(await running.query('count', { bag: 'a' }, { after: counted }), 1)
})

test('an owner renews its marker where the log wants it, and whoever comes next folds all the same', async () => {
  const log = kept(withShards(createMemoryLog({ partitions: 1 }), (shard) => ({ ...shard, renewEveryMs: 2 })))
  const troubles: Error[] = []
  let renewals = 0
  {
    await using running = await start(bags, { log, onTrouble: (error) => troubles.push(error) })
    while (renewals < 5) {
      await running.send('Put', { bag: 'a', things: ['one', 'two'] })
      await soon()
      const renewed = (await recordsOf(log)).filter(({ data }) => data.includes('"renewed":true'))
      assert.ok(renewed.every(({ data, commandId, kind }) => kind === 'owned' && commandId === '' && data === '{"epoch":1,"renewed":true}'))
      renewals = renewed.length
    }
    assert.equal(running.status().shards[0]?.nextEvent, (await log.ends())[0], 'it counts its own renewals')
    const idleSinceMs = Date.now() + 5
    const untilMs = idleSinceMs + 60_000
    // A renewal bears the time at which it was made, not that of the last command.
    for (let isRenewed = false; !isRenewed;) {
      assert.ok(Date.now() < untilMs, 'no renewal bears a time after the last command')
      await soon()
      const last = (await recordsOf(log)).at(-1)
      isRenewed = last?.kind === 'owned' && last.timeMs >= idleSinceMs
    }
  }
  const puts = (await recordsOf(log)).filter(({ kind }) => kind === 'event').length
  await using running = await start(bags, { log })
  const counted = await running.send('Count', { bag: 'a' })
  assert.deepEqual(counted.outcome === 'accepted' && counted.events, [{ type: 'Counted', data: { count: puts } }])
  assert.deepEqual(troubles, [])
})

test('offsets may have gaps: folds, positions, repeats and readiness hold', async () => {
  const log = kept(gappyLog())
  for (let round = 1; round <= 3; round++) {
    await using running = await start(bags, { log })
    while (!running.status().ready) await soon()
    const put = await running.send('Put', { bag: 'a', things: ['one', 'two'] }, { commandId: `c${round}` })
    assert.equal(await running.query('count', { bag: 'a' }, { after: put }), 2 * round)
    for (let again = 1; again <= round; again++) {
      const repeat = await running.send('Put', { bag: 'a', things: ['one', 'two'] }, { commandId: `c${again}` })
      assert.deepEqual([repeat.outcome, repeat.events.length], ['accepted', 2])
    }
    await running.submit('Put', { bag: 'a', things: ['one', 'two'] }, { commandId: 'c1' })
    while (running.counters().repeated < round) await soon()
    const counted = await running.send('Count', { bag: 'a' })
    assert.deepEqual(counted.outcome === 'accepted' && counted.events, [{ type: 'Counted', data: { count: 2 * round } }])
    assert.equal(running.status().shards[0]?.nextEvent, (await log.ends())[0])
  }
})

test('who is given no shard is ready once it follows the log, also one that ends with a gap', async () => {
  const log: Log = {
    ...gappyLog(),
    own: (_work, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
  }
  await using running = await start(bags, { log })
  while (!running.status().ready) await soon()
  assert.deepEqual(running.status().shards, [])
  assert.equal(await running.query('count', { bag: 'a' }), 0)
})

test('a shard that has ended is no longer in the status', async () => {
  const log = kept(createMemoryLog({ partitions: 2 }))
  await using first = await start(bags, { log, onTrouble: () => {} })
  assert.equal(first.status().shards.length, 2)
  await using second = await start(bags, { log })
  while (first.status().shards.length > 0) await soon()
  while (!first.status().ready || !second.status().ready) await soon()
  assert.equal(second.status().shards.length, 2)
})

for (const wasGivenBack of [true, false]) {
  test(`an append that is fenced ${wasGivenBack ? 'after its shard was given back is no trouble' : 'while its shard is held is told'}`, async () => {
    const fenced = new MillraceError('LOG_FENCED', 'a newer owner')
    const fence = Promise.withResolvers<undefined>()
    const over = new AbortController()
    const memory = createMemoryLog({ partitions: 1 })
    const appending = Promise.withResolvers<undefined>()
    const append = async (): Promise<number> => {
      appending.resolve(undefined)
      await fence.promise
      over.abort()
      throw fenced
    }
    const log: Log = {
      ...memory,
      own: (work, signal) => memory.own((shard) => work({ ...shard, signal: over.signal, append }), signal),
    }
    const troubles: Error[] = []
    const running = await start(bags, { log, onTrouble: (error) => troubles.push(error) })
    while (running.status().shards[0]?.state !== 'ready') await soon()
    await running.submit('Put', { bag: 'a', things: ['one'] })
    await appending.promise
    if (wasGivenBack) over.abort()
    await soon()
    fence.resolve(undefined)
    for (let turns = 0; turns < 5; turns++) await soon()
    assert.deepEqual(troubles, wasGivenBack ? [] : [fenced])
    await running.stop()
  })
}

test('while the log is away the app says so, once, and is ready again when it is back', async () => {
  let away: MillraceError | undefined = new MillraceError('LOG_UNAVAILABLE', 'its shards are on their way')
  const troubles: Error[] = []
  const log: Log = { ...createMemoryLog({ partitions: 1 }), trouble: () => away }
  await using running = await start(bags, { log, onTrouble: (error) => troubles.push(error) })
  assert.deepEqual([running.status().ready, running.status().log.state, troubles.length], [false, 'unavailable', 0])
  away = undefined
  while (!running.status().ready) await soon()
  for (const [at, message] of ['no broker answers', 'again'].entries()) {
    away = new MillraceError('LOG_UNAVAILABLE', message)
    for (let asked = 0; asked < 3; asked++) assert.deepEqual(running.status().log, { state: 'unavailable', error: away })
    assert.equal(running.status().ready, false)
    assert.equal(await running.query('count', { bag: 'a' }), 0)
    assert.equal(troubles.length, at + 1)
    away = undefined
    assert.equal(running.status().ready, true)
  }
})

test('what was folded from another log is of no use: neither states nor read models', async () => {
  const saved = new Map<string, ShardCheckpoint>()
  const checkpoints: ShardCheckpoints = {
    open: (partition, version) => Promise.resolve(saved.get(`${partition} ${version}`)),
    save: (partition, version, { next, summary, states }) => {
      const copies = structuredClone(states)
      saved.set(`${partition} ${version}`, { next, summary, load: (name) => copies.get(name) })
      return Promise.resolve()
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
  const memory = createMemoryReadStore()
  const store = {
    isShared: false as const,
    open: memory.open.bind(memory),
    remove: memory.remove.bind(memory),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
  const one = kept(createMemoryLog({ partitions: 1 }))
  const countIn = async (log: Log): Promise<unknown> => {
    await using running = await start(bags, { log, store, checkpoints })
    const receipt = await running.send('Put', { bag: 'a', things: ['one', 'two'] })
    const counted = await running.send('Count', { bag: 'a' })
    const said = counted.outcome === 'accepted' && counted.events[0]?.data
    return [said, await running.query('count', { bag: 'a' }, { after: receipt })]
  }
  assert.deepEqual(await countIn(one), [{ count: 2 }, 2])
  assert.deepEqual(await countIn(kept(createMemoryLog({ partitions: 1 }))), [{ count: 2 }, 2])
  assert.deepEqual(await countIn(one), [{ count: 4 }, 4])
})

test('an id that is under way for another command is refused before anything is stored, whatever the partition', async () => {
  await using running = await start(bags, { log: createMemoryLog({ partitions: 4 }) })
  const sent = await Promise.allSettled(
    ['a', 'b', 'c', 'd', 'e'].map((each) => running.send('Put', { bag: each, things: ['x'] }, { commandId: 'same' })),
  )
  const codes = sent.map((each) =>
    each.status === 'fulfilled' ? each.value.outcome : String(each.reason instanceof MillraceError ? each.reason.code : each.reason),
  )
  assert.deepEqual(codes, ['accepted', ...Array.from({ length: 4 }, () => 'COMMAND_ID_REUSED')])
  await soon()
  assert.equal(running.counters().events, 1)
})
