import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock } from '@millrace/testing'
import { z } from 'zod'
import {
  aggregate,
  app,
  cancel,
  command,
  createMemoryLog,
  createMemoryReadStore,
  event,
  projection,
  reject,
  schedule,
  start,
} from '../index.ts'

const id = z.string().min(1)
const counter = aggregate('counter', {
  commands: {
    Add: z.object({ id, by: z.number().int() }),
    Nothing: z.object({ id }),
    Throw: z.object({ id }),
    Poison: z.object({ id }),
    AddLater: z.object({ id, by: z.number(), afterMs: z.number(), name: z.string().optional() }),
    Forget: z.object({ id, name: z.string() }),
    Due: z.object({ id, by: z.number() }),
  },
  events: { Added: z.object({ by: z.number() }), Poisoned: z.object({}) },
  rejections: { negative: 'The counter would fall below zero.' },
  internal: ['Due'],
  key: (command) => command.id,
  initialState: () => ({ total: 0 }),
  decide: {
    Add: ({ by }, { total }) => (total + by < 0 ? reject('negative', { total }) : [event('Added', { by })]),
    Nothing: () => [],
    Throw: () => {
      throw new Error('oh')
    },
    Poison: () => [event('Poisoned', {})],
    AddLater: ({ id, by, afterMs, name }, _state, { nowMs }) => [
      schedule(nowMs + afterMs, command('Due', { id, by }), name === undefined ? {} : { name }),
    ],
    Forget: ({ name }) => [cancel(name)],
    Due: ({ by }) => [event('Added', { by })],
  },
  evolve: {
    Added: (state, { by }) => {
      state.total += by
      return state
    },
    Poisoned: () => {
      throw new Error('evolve is broken')
    },
  },
})

const totals = projection('totals', {
  from: [counter],
  document: z.object({ id: z.string(), total: z.number(), steps: z.record(z.string(), z.number()) }),
  on: {
    Added: async ({ by }, { key, model, commandId }) => {
      const known = await model.get(key)
      if (known === undefined) model.put(key, { id: key, total: by, steps: { [commandId]: by } })
      else model.patch(key, { total: known.total + by, steps: { [commandId]: by } })
    },
    Poisoned: () => {},
  },
  queries: (query) => ({
    total: query(z.object({ id }), async ({ id }, model) => (await model.get(id))?.total ?? 0),
    whole: query(z.object({ id }), ({ id }, model) => model.get(id)),
    all: query(z.object({}), async (_input, model) => (await model.list()).map(({ id, total }) => ({ id, total }))),
  }),
})

const counters = app('counters', { aggregates: [counter], projections: [totals] })
const open = (options: object = {}) => start(counters, { log: createMemoryLog({ partitions: 4 }), ...options })

test('a command is decided, and a query with its receipt sees what it did', async () => {
  await using running = await open()
  const receipt = await running.send('Add', { id: 'a', by: 2 })
  assert.equal(receipt.outcome, 'accepted')
  assert.deepEqual(receipt.outcome === 'accepted' && receipt.events, [{ type: 'Added', data: { by: 2 } }])
  assert.equal(await running.query('total', { id: 'a' }, { after: receipt }), 2)
  assert.deepEqual(await running.query('all', {}), [{ id: 'a', total: 2 }])
})

test('a rejection is an answer with a code, and changes nothing', async () => {
  await using running = await open()
  const receipt = await running.send('Add', { id: 'a', by: -1 })
  assert.ok(receipt.outcome === 'rejected')
  assert.equal(receipt.code, 'negative')
  assert.deepEqual(receipt.details, { total: 0 })
  assert.equal(await running.query('total', { id: 'a' }, { after: receipt }), 0)
})

test('a throw in decide is a failed outcome, and others go on', async () => {
  await using running = await open()
  const failed = await running.send('Throw', { id: 'a' })
  assert.ok(failed.outcome === 'failed')
  assert.match(failed.message, /oh/)
  assert.equal((await running.send('Add', { id: 'a', by: 1 })).outcome, 'accepted')
})

test('a decision that cannot be folded fails, breaks its own aggregate alone and leaves nothing in the log', async () => {
  const log = createMemoryLog({ partitions: 1 })
  await using running = await start(counters, { log })
  await running.send('Add', { id: 'a', by: 1 })
  assert.equal((await running.send('Poison', { id: 'a' })).outcome, 'failed')
  assert.equal((await running.send('Add', { id: 'a', by: 1 })).outcome, 'failed')
  const other = await running.send('Add', { id: 'b', by: 5 })
  assert.equal(other.outcome, 'accepted')
  assert.equal(await running.query('total', { id: 'a' }, { after: other }), 1)
})

test('a repeated command id gets the first answer, and another command under it is refused', async () => {
  await using running = await open()
  const [one, two] = await Promise.all([
    running.send('Add', { id: 'a', by: 3 }, { commandId: 'x' }),
    running.send('Add', { id: 'a', by: 3 }, { commandId: 'x' }),
  ])
  const three = await running.send('Add', { id: 'a', by: 3 }, { commandId: 'x' })
  assert.deepEqual(one, two)
  assert.deepEqual(one, three)
  assert.equal(await running.query('total', { id: 'a' }, { after: three }), 3)
  await assert.rejects(running.send('Add', { id: 'a', by: 4 }, { commandId: 'x' }), { code: 'COMMAND_ID_REUSED' })
  await assert.rejects(running.send('Add', { id: 'zzz', by: 4 }, { commandId: 'x' }), { code: 'COMMAND_ID_REUSED' })
  assert.deepEqual(await running.outcome('x'), one)
  assert.equal(await running.outcome('never'), undefined)
})

test('invalid input is refused with every path, before the log', async () => {
  await using running = await open()
  await assert.rejects(running.send('Add', { id: '', by: 1.5 }), (error: Error & { code: string; issues: readonly { path: string }[] }) => {
    assert.equal(error.code, 'COMMAND_INVALID')
    assert.deepEqual(
      error.issues.map(({ path }) => path),
      ['id', 'by'],
    )
    return true
  })
  await assert.rejects(running.send('Due', { id: 'a', by: 1 }), { code: 'COMMAND_UNKNOWN' })
  await assert.rejects(running.query('total', { id: 7 as never }), { code: 'QUERY_INVALID' })
  await assert.rejects(running.query('total', { id: 'a' }, { after: 'x' }), { code: 'POSITION_INVALID' })
  await assert.rejects(running.query('total', { id: 'a' }, { after: '0-99', timeoutMs: 20 }), { code: 'QUERY_STALE' })
})

test('an accepted command that says nothing still has its answer', async () => {
  await using running = await open()
  const receipt = await running.send('Nothing', { id: 'a' })
  assert.ok(receipt.outcome === 'accepted')
  assert.deepEqual(receipt.events, [])
})

test('a timer fires once, and one that was taken back never does', async () => {
  const clock = createVirtualClock({ startMs: 1_000 })
  const running = await open({ clock })
  const sent = Promise.all([
    running.send('AddLater', { id: 'a', by: 10, afterMs: 30 }),
    running.send('AddLater', { id: 'a', by: 100, afterMs: 30, name: 't' }),
    running.send('Forget', { id: 'a', name: 't' }),
  ])
  await clock.advance(0)
  await sent
  assert.equal(await running.query('total', { id: 'a' }), 0, 'not before its time')
  await clock.advance(30)
  for await (const total of running.watch('total', { id: 'a' })) if (total === 10) break
  await clock.advance(60_000)
  assert.equal(await running.query('total', { id: 'a' }), 10)
  const stopping = running.stop()
  await clock.advance(60_000)
  await stopping
})

test('a live query gives a snapshot, then patches that lead to the same document', async () => {
  await using running = await open()
  await running.send('Add', { id: 'a', by: 1 }, { commandId: 'c1' })
  const seen: string[] = []
  let ready = (): void => {}
  using live = await running.live('whole', { id: 'a' }, { onReady: () => ready(), after: await running.send('Nothing', { id: 'a' }) })
  const first = live.next()
  assert.equal(first?.kind, 'snapshot')
  assert.deepEqual(JSON.parse(first.json), { id: 'a', total: 1, steps: { c1: 1 } })
  assert.equal(live.next(), undefined)
  const told = new Promise<void>((resolve) => (ready = resolve))
  await running.send('Add', { id: 'a', by: 2 }, { commandId: 'c2' })
  await told
  for (let change = live.next(); change !== undefined; change = live.next()) seen.push(`${change.kind} ${change.json}`)
  assert.deepEqual(seen, ['patch {"total":3,"steps":{"c2":2}}'])
})

test('stopping answers what was sent and takes no more', async () => {
  const running = await open()
  const sent = running.send('Add', { id: 'a', by: 1 })
  await running.stop()
  assert.equal((await sent).outcome, 'accepted')
  await assert.rejects(running.send('Add', { id: 'a', by: 1 }), { code: 'APP_STOPPED' })
})

test('an app that does not start closes what it was given, and says why it did not start', async () => {
  const broken = projection('broken', {
    from: [counter],
    document: z.object({}),
    on: { Added: () => {}, Poisoned: () => {} },
    queries: () => ({}),
  })
  const given = app('given', { aggregates: [counter], projections: [totals, broken], reactors: [] })
  const closed: string[] = []
  const closing = <Port extends AsyncDisposable>(name: string, port: Port): Port =>
    Object.assign(Object.create(port) as Port, {
      [Symbol.asyncDispose]: () => {
        closed.push(name)
        return name === 'store' ? Promise.reject(new Error('it cannot be closed either')) : port[Symbol.asyncDispose]()
      },
    })
  const store = createMemoryReadStore()
  const half: typeof store = {
    ...store,
    open: (name, ...rest) => (name === 'broken' ? Promise.reject(new Error('it cannot be opened')) : store.open(name, ...rest)),
  }
  const log = createMemoryLog({ partitions: 1 })
  let readers = 0
  const counted = Object.assign(Object.create(log) as typeof log, {
    async *read(...from: Parameters<typeof log.read>) {
      readers++
      try {
        yield* log.read(...from)
      } finally {
        readers--
      }
    },
  })
  const begun = start(given, { log: closing('log', counted), store: closing('store', half) })
  await assert.rejects(begun, /it cannot be opened/)
  assert.deepEqual(closed, ['store', 'log'])
  assert.equal(readers, 0, 'nothing is folded any more')
  closed.length = 0
  await assert.rejects(start(given, { log: closing('log', createMemoryLog()), maxInFlight: 0 }), /maxInFlight/)
  assert.deepEqual(closed, ['log'])
})
