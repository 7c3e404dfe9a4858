import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import {
  aggregate,
  app,
  command,
  createMemoryLog,
  createMemoryReadStore,
  createMemorySharedReadStore,
  event,
  MillraceError,
  projection,
  reactor,
  start,
  systemClock,
  type Log,
  type Role,
  type StartOptions,
} from '../index.ts'

const id = z.string()
const counter = aggregate('counter', {
  commands: { Add: z.object({ id, by: z.number() }) },
  events: { Added: z.object({ by: z.number() }) },
  key: (data) => data.id,
  initialState: () => 0,
  decide: { Add: ({ by }) => [event('Added', { by })] },
  evolve: { Added: (total, { by }) => total + by },
})
const mirror = aggregate('mirror', {
  commands: { Note: z.object({ of: id }) },
  events: { Noted: z.object({}) },
  internal: ['Note'],
  key: ({ of }) => of,
  initialState: () => 0,
  decide: { Note: () => [event('Noted', {})] },
  evolve: { Noted: (count) => count + 1 },
})

/** An app whose reactor runs in `where`, and whose read model cannot take sevens until they are mended. */
function createCounters(where: string[] = [], name = 'here', sevens: { isBad: boolean } = { isBad: false }) {
  const totals = projection('totals', {
    from: [counter, mirror],
    document: z.object({ total: z.number(), noted: z.number() }),
    on: {
      Added: async ({ by }, { key, model }) => {
        if (by === 7 && sevens.isBad) throw new Error('a seven')
        const { total, noted } = (await model.get(key)) ?? { total: 0, noted: 0 }
        model.put(key, { total: total + by, noted })
      },
      Noted: async (_data, { key, model }) => {
        const { total, noted } = (await model.get(key)) ?? { total: 0, noted: 0 }
        model.put(key, { total, noted: noted + 1 })
      },
    },
    queries: (query) => ({ total: query(z.object({ id }), async (input, model) => (await model.get(input.id))?.total ?? 0) }),
  })
  const noting = reactor('noting', {
    from: [counter],
    to: [mirror],
    on: {
      Added: (_data, { key }) => {
        where.push(name)
        return [command('Note', { of: key })]
      },
    },
  })
  return app('counters', { aggregates: [counter, mirror], projections: [totals], reactors: [noting] })
}

/** One log for several instances: each has a view of its own, which it may close. */
function openViews(partitions = 3): { view(owned?: string[], name?: string): Log } {
  const log = createMemoryLog({ partitions })
  return {
    view: (owned = [], name = '') => ({
      ...log,
      own: (work, signal) => {
        owned.push(name)
        return log.own(work, signal)
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    }),
  }
}

const startAs = (role: Role, options: Omit<StartOptions, 'role'>, counters = createCounters()) =>
  start(counters, { onTrouble: () => undefined, ...options, role })

async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000
  while (!(await isTrue())) {
    assert.ok(performance.now() < deadline, `${what}: not within 20 s`)
    await new Promise<void>((resolve) => void systemClock.after(2, resolve))
  }
}

test('a command that a reading instance takes is decided by the writing one, and the sender sees what it did', async () => {
  const { view } = openViews()
  const owned: string[] = []
  const ran: string[] = []
  await using writer = await startAs('write', { log: view(owned, 'writer') }, createCounters(ran, 'writer'))
  await using reader = await startAs('read', { log: view(owned, 'reader') }, createCounters(ran, 'reader'))
  assert.deepEqual([writer.role, reader.role], ['write', 'read'])
  const watched = reader.watch('total', { id: 'a' })[Symbol.asyncIterator]()
  assert.equal((await watched.next()).value, 0)

  const receipt = await reader.send('Add', { id: 'a', by: 2 }, { commandId: 'one' })
  assert.equal(receipt.outcome, 'accepted')
  assert.equal(await reader.query('total', { id: 'a' }, { after: receipt }), 2)
  assert.equal((await watched.next()).value, 2)
  assert.deepEqual(await reader.send('Add', { id: 'a', by: 2 }, { commandId: 'one' }), receipt, 'sent again, it is answered as before')
  assert.deepEqual(await writer.outcome('one'), receipt)

  const other = await writer.send('Add', { id: 'a', by: 3 })
  assert.equal(await reader.query('total', { id: 'a' }, { after: other }), 5)
  await until('both events are followed', () => ran.length >= 2)
  assert.deepEqual([owned, ran, reader.status().shards, reader.status().reactors], [['writer'], ['writer', 'writer'], [], []])
  await watched.return?.(undefined)
})

test('an instance that only writes answers no queries, opens no store of its own, and is ready without', async () => {
  const { view } = openViews()
  const store = createMemoryReadStore()
  let opened = 0
  const counted: typeof store = {
    ...store,
    open: (...model) => {
      opened++
      return store.open(...model)
    },
  }
  await using writer = await startAs('write', { log: view(), store: counted })
  await until('it is ready', () => writer.status().ready)
  await writer.send('Add', { id: 'a', by: 1 })
  const elsewhere = { code: 'QUERIES_ELSEWHERE', message: /role 'write'; ask one that has the role 'read', or 'all'/ }
  await assert.rejects(writer.query('total', { id: 'a' }), elsewhere)
  await assert.rejects(writer.live('total', { id: 'a' }, { onReady: () => undefined }), elsewhere)
  await assert.rejects(writer.watch('total', { id: 'a' })[Symbol.asyncIterator]().next(), elsewhere)
  await assert.rejects(writer.query('total', { id: 'a' }, { asOf: 0 }), elsewhere)
  for (const operate of [writer.rebuild, writer.rollBack, writer.removeKept, writer.verify])
    await assert.rejects(operate('totals'), elsewhere)
  await assert.rejects(writer.answer('sum', {}), { code: 'QUERY_UNKNOWN', message: /known: total/ })
  await assert.rejects(writer.rebuild('sums'), { code: 'READ_MODEL_UNKNOWN', message: /known: totals/ })
  assert.deepEqual([opened, writer.status().projections, writer.status().shards.length], [0, [], 3])
})

test('read models with tables need no SQL where nobody keeps them', async () => {
  const listed = projection('listed', {
    from: [counter],
    tables: ['create table counters (id text primary key)'],
    on: { Added: () => undefined },
    queries: () => ({}),
  })
  const withTables = app('counters', { aggregates: [counter], projections: [listed] })
  await using writer = await start(withTables, { log: createMemoryLog({ partitions: 1 }), role: 'write' })
  assert.equal((await writer.send('Add', { id: 'a', by: 1 })).outcome, 'accepted')
  await assert.rejects(start(withTables, { log: createMemoryLog({ partitions: 1 }), role: 'read' }), TypeError)
})

test('while nobody decides, a reading instance stays ready and answers; what it took waits in the log for the next owner', async () => {
  const { view } = openViews()
  const writer = await startAs('write', { log: view() })
  await using reader = await startAs('read', { log: view() })
  const receipt = await reader.send('Add', { id: 'a', by: 1 })
  await writer.stop()
  await assert.rejects(reader.send('Add', { id: 'a', by: 4 }, { commandId: 'late', timeoutMs: 20 }), { code: 'COMMAND_TIMEOUT' })
  assert.equal(await reader.query('total', { id: 'a' }, { after: receipt, maxAgeMs: 0 }), 1)
  assert.equal(reader.status().ready, true)
  await using next = await startAs('write', { log: view() })
  await until('it is decided', async () => (await next.outcome('late')) !== undefined)
  const decided = await reader.send('Add', { id: 'a', by: 4 }, { commandId: 'late' })
  assert.equal(await reader.query('total', { id: 'a' }, { after: decided }), 5)
})

test('a log that is away makes an instance unready whose role is to decide, and leaves one that reads as it is', async () => {
  for (const role of ['all', 'write', 'read'] as const) {
    const away: { error?: MillraceError } = {}
    const log = { ...createMemoryLog({ partitions: 1 }), trouble: () => away.error }
    await using running = await startAs(role, { log })
    await until('it is ready', () => running.status().ready)
    away.error = new MillraceError('LOG_UNAVAILABLE', 'no broker answers')
    const { ready, log: seen } = running.status()
    assert.deepEqual([ready, seen.state], [role === 'read', 'unavailable'], role)
    if (role !== 'write') assert.equal(await running.query('total', { id: 'a' }), 0)
  }
})

test('in a shared store the writing instance folds what it owns, the reading one answers, and a rebuild on either is one on both', async () => {
  const { view } = openViews()
  const store = createMemorySharedReadStore()
  await using writer = await startAs('write', { log: view(), store })
  await using reader = await startAs('read', { log: view(), store })
  for (let by = 1; by <= 20; by++) await reader.send('Add', { id: `c${by % 5}`, by })
  const last = await writer.send('Add', { id: 'c1', by: 100 })
  assert.equal(await reader.query('total', { id: 'c1' }, { after: last, maxAgeMs: 0 }), 1 + 6 + 11 + 16 + 100)
  await assert.rejects(writer.query('total', { id: 'c1' }), { code: 'QUERIES_ELSEWHERE' })
  const { from, to, compared } = await reader.rebuild('totals')
  assert.deepEqual([from, to, compared.documents, compared.differing], ['1', '1.1', 5, 0])
  const serving = (running: typeof writer): string | undefined =>
    running.status().projections.find(({ role }) => role === 'serving')?.version
  await until('the other one has switched as well', () => serving(writer) === '1.1')
  for (const running of [writer, reader]) assert.equal((await running.verify('totals')).differing, 0)
  await writer.rollBack('totals')
  await until('the other one has gone back as well', () => serving(reader) === '1')
})

test('what is parked is decided about from any instance that knows of it, or is told the key', async () => {
  const { view } = openViews()
  const sevens = { isBad: true }
  await using writer = await startAs('write', { log: view() }, createCounters([], 'writer', sevens))
  await using reader = await startAs('read', { log: view() }, createCounters([], 'reader', sevens))
  const decision = { by: 'ann', why: 'sevens are mended' }
  const seven = await reader.send('Add', { id: 'a', by: 7 })
  await reader.query('total', { id: 'a' }, { after: seven })
  assert.deepEqual(
    reader.parked().events.map(({ reader: name, key }) => [name, key]),
    [['totals', 'a']],
  )
  assert.deepEqual(writer.parked().events, [])
  await assert.rejects(writer.retryParked({ reader: 'totals' }, decision), { code: 'PARKED_UNKNOWN', message: /role 'write'/ })
  await assert.rejects(reader.retryParked({ reader: 'noting' }, decision), { code: 'PARKED_UNKNOWN', message: /role 'read'/ })
  assert.equal((await writer.retryParked({ reader: 'noting' }, decision)).keys, 0)
  sevens.isBad = false
  const { keys, position } = await writer.retryParked({ reader: 'totals', key: 'a' }, decision)
  assert.equal(keys, 1)
  assert.equal(await reader.query('total', { id: 'a' }, { after: position }), 7)
  assert.deepEqual(reader.parked().events, [])
})

test('a role that there is not is refused, and what was given is closed', async () => {
  const log = createMemoryLog({ partitions: 1 })
  await assert.rejects(startAs('reader' as Role, { log }), {
    name: 'TypeError',
    message: "start: role: expected 'all', 'write', 'read', got 'reader'",
  })
  assert.equal(log.trouble()?.code, 'LOG_CLOSED')
})
