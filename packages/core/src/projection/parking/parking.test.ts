import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import {
  aggregate,
  app,
  createMemoryLog,
  createMemoryReadStore,
  createMemorySharedReadStore,
  event,
  MillraceError,
  projection,
  start,
  systemClock,
  type Log,
  type ReadStore,
  type Running,
  type SharedReadStore,
} from '../../index.ts'

const pause = (ms: number): Promise<void> => new Promise((resolve) => void systemClock.after(ms, resolve))

async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000
  while (!(await isTrue())) {
    assert.ok(performance.now() < deadline, `${what}: not within 60 s`)
    await pause(2)
  }
}

const account = aggregate('account', {
  commands: { Post: z.object({ id: z.string(), amount: z.number() }) },
  events: { Posted: z.object({ amount: z.number() }) },
  key: ({ id }) => id,
  initialState: () => 0,
  decide: { Post: ({ amount }) => [event('Posted', { amount })] },
  evolve: { Posted: (sum, { amount }) => sum + amount },
})

/** What cannot be handled, for as long as it is not mended. */
type IsBad = (key: string, amount: number) => boolean

const ledger = (isBad: IsBad, version = 1) =>
  projection('ledger', {
    from: [account],
    version,
    document: z.object({ id: z.string(), amounts: z.array(z.number()) }),
    on: {
      Posted: async ({ amount }, { key, model }) => {
        const before = (await model.get(key))?.amounts ?? []
        model.put(key, { id: key, amounts: [...before, amount] })
        model.put(`latest ${key}`, { id: key, amounts: [amount] })
        if (isBad(key, amount)) throw new Error(`a slip at ${amount}`)
      },
    },
    queries: (query) => ({
      amounts: query(z.object({ id: z.string() }), async ({ id }, model) => (await model.get(id))?.amounts ?? []),
      all: query(z.object({}), async (_input, model) => (await model.list()).map(({ amounts }) => amounts)),
    }),
  })
const bank = (isBad: IsBad, version?: number) => app('bank', { aggregates: [account], projections: [ledger(isBad, version)] })
type Bank = Running<ReturnType<typeof bank>>

const stays = { [Symbol.asyncDispose]: () => Promise.resolve() }

/** A log and a store that outlive the apps on them. */
function world(store: ReadStore | SharedReadStore): { readonly log: Log; readonly store: ReadStore | SharedReadStore } {
  const log = createMemoryLog({ partitions: 3 })
  return { log: Object.assign(Object.create(log) as Log, stays), store: { ...store, ...stays } }
}

/** Every third commit fails before anything of it is stored. */
function failingStore(): SharedReadStore {
  let commits = 0
  return createMemorySharedReadStore({
    beforeCommit: () =>
      ++commits % 3 === 0 ? Promise.reject(new MillraceError('STORE_UNAVAILABLE', `commit ${commits} is lost`)) : undefined,
  })
}

const stores = {
  'a store of its own': () => createMemoryReadStore(),
  'a shared store': () => createMemorySharedReadStore(),
}
const operator = { by: 'ann', why: 'the handler is mended' }

async function post(running: Bank, id: string, ...amounts: readonly number[]): Promise<string> {
  let position = ''
  for (const amount of amounts) ({ position } = await running.send('Post', { id, amount }))
  return position
}

const amountsOf = (running: Bank, id: string, after?: string): Promise<readonly number[]> => running.query('amounts', { id }, { after })

for (const [name, createStore] of Object.entries(stores)) {
  test(`${name}: a key whose event cannot be handled waits, in order, and all others go on`, async () => {
    let isMended = false
    const troubles: string[] = []
    const isBad: IsBad = (key, amount) => !isMended && key === 'a' && amount === 2
    await using running = await start(bank(isBad), {
      ...world(createStore()),
      onTrouble: (error) => troubles.push(String(Reflect.get(error, 'code'))),
    })
    await post(running, 'a', 1)
    await until('it is live', () => running.status().ready)
    const waits = await post(running, 'a', 2, 3, 4)
    const goes = await post(running, 'b', 1, 2, 3)
    assert.deepEqual(await amountsOf(running, 'b', goes), [1, 2, 3])
    assert.deepEqual(await amountsOf(running, 'a', waits), [1], 'nothing of what the handler wrote before it threw')
    assert.deepEqual(await running.query('all', {}), [[1], [1, 2, 3], [1], [3]], 'what is parked is no document of the projection')
    assert.deepEqual(troubles, ['EVENT_PARKED'])
    const status = running.status()
    assert.deepEqual([status.ready, status.projections[0]?.parked], [true, 1])
    const [parked] = running.parked().events
    assert.ok(parked !== undefined && parked.sinceMs > 0)
    const { key, waiting, attempts, reason, type, version, reader, kind } = parked
    assert.deepEqual(
      { key, waiting, attempts, reason, type, version, reader, kind },
      {
        key: 'a',
        waiting: 3,
        attempts: 1,
        reason: 'Error: a slip at 2',
        type: 'Posted',
        version: '1',
        reader: 'ledger',
        kind: 'projection',
      },
    )
    const found = await running.verify('ledger')
    assert.deepEqual([found.parked, found.differing, found.documents], [1, 0, 4])

    const failed = await running.retryParked({ reader: 'ledger', key: 'a' }, operator)
    assert.deepEqual(await amountsOf(running, 'a', failed.position), [1])
    assert.deepEqual(running.parked().events, [{ ...parked, attempts: 2 }])

    isMended = true
    const { keys, position } = await running.retryParked({ reader: 'ledger' }, operator)
    assert.equal(keys, 1)
    assert.deepEqual(await amountsOf(running, 'a', position), [1, 2, 3, 4])
    assert.deepEqual(await amountsOf(running, 'a', await post(running, 'a', 5)), [1, 2, 3, 4, 5])
    assert.deepEqual([running.parked().events, running.status().projections[0]?.parked], [[], 0])
    assert.deepEqual(troubles, ['EVENT_PARKED'], 'told once')
    const verified = await running.verify('ledger')
    assert.deepEqual([verified.parked, verified.differing], [0, 0])
  })

  test(`${name}: an event that is skipped is passed over, and only that one; who names another one is told`, async () => {
    const kept = world(createStore())
    const isBad: IsBad = (_key, amount) => amount === 2 || amount === 4
    {
      await using running = await start(bank(isBad), { ...kept, onTrouble: () => undefined })
      await post(running, 'a', 1)
      await until('it is live', () => running.status().ready)
      await amountsOf(running, 'a', await post(running, 'a', 2, 3, 4, 5))
      const { offset } = running.parked().events[0]!
      await assert.rejects(running.skipParked({ reader: 'ledger', key: 'a', offset: offset + 1 }, operator), { code: 'PARKED_UNKNOWN' })
      await assert.rejects(running.skipParked({ reader: 'ledger', key: 'b', offset }, operator), { code: 'PARKED_UNKNOWN' })
      await assert.rejects(running.retryParked({ reader: 'prices' }, operator), { code: 'PARKED_UNKNOWN', message: /known: ledger/ })
      await assert.rejects(running.retryParked({ reader: 'ledger', key: 'a' }, { by: '', why: 'no' }), { code: 'COMMAND_INVALID' })
      const both = await Promise.all([1, 2].map(() => running.skipParked({ reader: 'ledger', key: 'a', offset }, operator)))
      assert.deepEqual(await amountsOf(running, 'a', both[1]!.position), [1, 3], 'skipped once, however often that was said')
      const [parked] = running.parked().events
      assert.deepEqual([parked?.reason, parked?.waiting], ['Error: a slip at 4', 2])
      const last = await running.skipParked({ reader: 'ledger', key: 'a', offset: parked!.offset }, operator)
      assert.deepEqual(await amountsOf(running, 'a', last.position), [1, 3, 5])
    }
    // Built anew by code that can't handle them either: what was skipped is passed over, and nothing else.
    await using running = await start(bank(isBad), { ...kept, onTrouble: () => undefined })
    await until('it is live', () => running.status().ready)
    await running.rebuild('ledger')
    assert.deepEqual(await amountsOf(running, 'a'), [1, 3, 5])
    await amountsOf(running, 'a', await post(running, 'b', 4))
    await assert.rejects(running.rebuild('ledger'), { code: 'READ_MODEL_STOPPED', message: /a slip at 4/ })
    assert.deepEqual(await amountsOf(running, 'a'), [1, 3, 5])
  })

  test(`${name}: what is parked outlives a restart, and is retried by code that can handle it`, async () => {
    const kept = world(createStore())
    {
      await using running = await start(
        bank(() => false),
        kept,
      )
      await post(running, 'a', 1)
      await until('it is live', () => running.status().ready)
    }
    {
      await using running = await start(
        bank((key) => key === 'a'),
        { ...kept, onTrouble: () => undefined },
      )
      await until('it is live', () => running.status().ready)
      await amountsOf(running, 'a', await post(running, 'a', 2, 3))
      assert.equal(running.parked().events[0]?.waiting, 2)
    }
    await using running = await start(
      bank(() => false),
      kept,
    )
    await until('it is live', () => running.status().ready)
    assert.deepEqual(await amountsOf(running, 'a', await post(running, 'a', 4)), [1], 'nobody has had it retried yet')
    assert.equal(running.parked().events[0]?.waiting, 3)
    const { position } = await running.retryParked({ reader: 'ledger' }, operator)
    assert.deepEqual(await amountsOf(running, 'a', position), [1, 2, 3, 4])
  })
}

for (const [name, createStore] of Object.entries({ ...stores, 'a shared store whose commits fail': failingStore })) {
  test(`${name}: random events, failures, retries and restarts end in the fold of the log`, async () => {
    for (let seed = 1; seed <= 5; seed++) {
      let state = seed * 2_654_435_761
      const random = (below: number): number => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
        return Math.floor((state / 2 ** 32) * below)
      }
      const kept = world(createStore())
      const bad = new Set<string>()
      const isBad: IsBad = (key, amount) => bad.has(`${key} ${amount}`)
      const expected = new Map<string, number[]>()
      for (let life = 0; life < 4; life++) {
        const running = await start(bank(isBad), { ...kept, onTrouble: () => undefined })
        if (life === 0) await post(running, 'begin', 0)
        await until('it is live', () => running.status().ready)
        const posts: Promise<unknown>[] = []
        for (let step = 0; step < 60; step++) {
          const [key, amount] = [`k${random(8)}`, life * 100 + step]
          if (random(5) === 0) bad.add(`${key} ${amount}`)
          expected.set(key, [...(expected.get(key) ?? []), amount])
          posts.push(post(running, key, amount))
          if (random(20) === 0) bad.clear()
          if (random(15) === 0) posts.push(running.retryParked({ reader: 'ledger' }, operator))
        }
        await Promise.all(posts)
        // Sometimes before anything of it is stored.
        await running.stop()
      }
      bad.clear()
      await using running = await start(bank(isBad), { ...kept, onTrouble: () => undefined })
      await until('it is ready', () => running.status().ready && running.status().projections[0]?.behind === 0)
      const { position } = await running.retryParked({ reader: 'ledger' }, operator)
      for (const [key, amounts] of expected) assert.deepEqual(await amountsOf(running, key, position), amounts, `${key}, seed ${seed}`)
      const { parked, differing } = await running.verify('ledger')
      assert.deepEqual([parked, differing], [0, 0])
    }
  })
}

test('the first fold of all stops at once at what it cannot handle, where the store keeps it', async () => {
  const kept = world(createMemorySharedReadStore())
  {
    await using running = await start(app('bank', { aggregates: [account] }), { log: kept.log })
    await running.send('Post', { id: 'a', amount: 1 })
  }
  await using running = await start(
    bank(() => true),
    { ...kept, onTrouble: () => undefined },
  )
  await until('it has stopped', () => running.status().projections[0]?.state === 'stopped')
  await assert.rejects(amountsOf(running, 'a'), { code: 'READ_MODEL_STOPPED' })
})

test('of two instances that share a store, both know what is parked, and either may have it retried', async () => {
  let isMended = false
  const kept = world(createMemorySharedReadStore())
  const isBad: IsBad = (_key, amount) => !isMended && amount === 2
  const options = { ...kept, onTrouble: () => undefined }
  await using one = await start(bank(isBad), options)
  await post(one, 'a', 1)
  await until('it is live', () => one.status().ready)
  await amountsOf(one, 'a', await post(one, 'a', 2, 3))
  await using other = await start(bank(isBad), options)
  await until('it owns all shards', () => other.status().shards.length === 3 && other.status().ready)
  const after = await post(other, 'a', 4)
  for (const each of [one, other]) assert.deepEqual(await amountsOf(each, 'a', after), [1])
  assert.deepEqual(
    [one, other].map((each) => each.parked().events.map(({ key, waiting }) => ({ key, waiting }))),
    [[{ key: 'a', waiting: 3 }], [{ key: 'a', waiting: 3 }]],
  )
  isMended = true
  const { position } = await one.retryParked({ reader: 'ledger', key: 'a' }, operator)
  for (const each of [one, other]) {
    assert.deepEqual(await amountsOf(each, 'a', position), [1, 2, 3, 4])
    assert.deepEqual(each.parked().events, [])
  }
})

test('documents of the read model itself are no handler’s, and a handler lists what it has written', async () => {
  const kept = createMemoryReadStore()
  const lists = projection('lists', {
    from: [account],
    document: z.object({ seen: z.number() }),
    on: {
      Posted: async ({ amount }, { key, model }) => {
        if (amount < 0) model.put('\uffffparked x', { seen: 1 })
        else model.put(`${key} ${amount}`, { seen: (await model.list({ prefix: `${key} ` })).length })
      },
    },
    queries: (query) => ({ seen: query(z.object({}), async (_input, model) => (await model.list()).map(({ seen }) => seen)) }),
  })
  await using running = await start(app('bank', { aggregates: [account], projections: [lists] }), {
    log: createMemoryLog({ partitions: 1 }),
    store: kept,
    onTrouble: () => undefined,
  })
  const sent = await Promise.all([1, 2, 3].map((amount) => running.send('Post', { id: 'a', amount })))
  assert.deepEqual(await running.query('seen', {}, { after: sent[2] }), [0, 1, 2])
  const after = await running.send('Post', { id: 'b', amount: -1 })
  assert.deepEqual(await running.query('seen', {}, { after }), [0, 1, 2])
  assert.match(running.parked().events[0]?.reason ?? '', /TypeError: .* begin with \\uffff/)
})

test('names that begin as the system’s do are refused', () => {
  const other = aggregate('other', {
    commands: { 'millrace.RetryParked': z.object({ id: z.string() }) },
    events: {},
    key: ({ id }) => id,
    initialState: () => 0,
    decide: { 'millrace.RetryParked': () => [] },
    evolve: {},
  })
  assert.throws(() => app('bank', { aggregates: [other] }), { name: 'TypeError', message: /'millrace\.' are the system's own/ })
})
