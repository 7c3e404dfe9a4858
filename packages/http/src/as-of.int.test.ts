import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  aggregate,
  app,
  createMemoryReadStore,
  createMemorySharedReadStore,
  event,
  projection,
  start,
  type ReadStore,
  type SharedReadStore,
} from '@millrace/core'
import { openPostgresReadStore } from '@millrace/postgres'
import { openSqliteLog, openSqliteReadStore } from '@millrace/sqlite'
import { postgresForTests } from '@millrace/testing/postgres'
import { z } from 'zod'
import { problemOf } from './fixtures/counters.ts'
import { serve } from './serve.ts'

const counter = aggregate('counter', {
  commands: { Add: z.object({ id: z.string() }), Reset: z.object({ id: z.string() }) },
  events: { Added: z.object({}), Removed: z.object({}) },
  key: ({ id }) => id,
  initialState: () => 0,
  decide: { Add: () => [event('Added', {})], Reset: () => [event('Removed', {})] },
  evolve: { Added: (count) => count + 1, Removed: () => 0 },
})
const countsOf = (history: boolean) =>
  projection('counts', {
    from: [counter],
    document: z.object({ count: z.number(), by: z.record(z.string(), z.number()) }),
    history,
    on: {
      Added: async (_data, { key, model, commandId }) => {
        const known = await model.get(key)
        if (known === undefined) model.put(key, { count: 1, by: { [commandId]: 1 } })
        else model.patch(key, { count: known.count + 1, by: { [commandId]: known.count + 1 } })
      },
      Removed: (_data, { key, model }) => model.delete(key),
    },
    queries: (query) => ({
      count: query(z.object({ id: z.string() }), async ({ id }, model) => (await model.get(id))?.count ?? 0),
      counts: query(z.object({}), async (_input, model) => (await model.list()).map(({ count }) => count)),
    }),
  })
const counters = app('counters', { aggregates: [counter], projections: [countsOf(true)] })
const forgetful = app('counters', { aggregates: [counter], projections: [countsOf(false)] })

const postgres = await postgresForTests()
interface Stores extends AsyncDisposable {
  open(directory: string): Promise<ReadStore | SharedReadStore>
}
const own = (open: Stores['open']) => () => Promise.resolve({ open, [Symbol.asyncDispose]: () => Promise.resolve() })
const stores: Readonly<Record<string, { readonly skip?: string | false; readonly openStores: () => Promise<Stores> }>> = {
  memory: { openStores: own(() => Promise.resolve(createMemoryReadStore())) },
  'shared memory': { openStores: own(() => Promise.resolve(createMemorySharedReadStore())) },
  SQLite: { openStores: own((directory) => openSqliteReadStore(directory)) },
  PostgreSQL: {
    skip: postgres.skip,
    openStores: async () => {
      const database = await postgres.openDatabase()
      return { open: () => openPostgresReadStore(database.url), [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() }
    },
  },
}

for (const [name, { skip = false, openStores }] of Object.entries(stores)) {
  test(`as of every receipt, and of the times between: through rebuilds and restarts, in ${name}`, { skip, timeout: 200_000 }, async () => {
    const directory = mkdtempSync(path.join(tmpdir(), 'millrace-as-of-'))
    using _removed = { [Symbol.dispose]: () => rmSync(directory, { recursive: true }) }
    await using opened = await openStores()
    const open = async (what = counters) =>
      start(what, {
        log: await openSqliteLog(directory, { partitions: 3 }),
        store: await opened.open(directory),
        onTrouble: () => undefined,
      })
    const then: { readonly id: string; readonly count: number; readonly position: string; readonly afterMs: number }[] = []
    const ids = ['a', 'b', 'c', 'd']
    const counts = new Map<string, number>()
    {
      await using running = await open()
      for (let sent = 0; sent < 120; sent++) {
        const id = ids[(sent * 7) % 4]!
        const isReset = sent % 23 === 22
        const { position } = await running.send(isReset ? 'Reset' : 'Add', { id })
        counts.set(id, isReset ? 0 : (counts.get(id) ?? 0) + 1)
        await sleep(2)
        then.push({ id, count: counts.get(id)!, position, afterMs: Date.now() })
        await sleep(2)
      }
      await check(running)
      assert.equal((await running.rebuild('counts')).compared.differing, 0)
      await check(running)
      assert.equal((await running.verify('counts')).differing, 0)
    }
    await using running = await open()
    await check(running)
    await using server = await serve(running, { port: 0, queryTimeoutMs: 60_000 })
    await using impatient = await serve(running, { port: 0, queryTimeoutMs: 100 })
    const ask = (query: string, headers = {}, { url } = server): Promise<Response> => fetch(`${url}/queries/${query}`, { headers })
    const { id, count, position, afterMs } = then[60]!
    for (const asOf of [position, String(afterMs), encodeURIComponent(new Date(afterMs).toISOString())]) {
      const response = await ask(`count?id=${id}&asOf=${asOf}`)
      assert.deepEqual([response.status, await response.json()], [200, count], asOf)
      assert.match(response.headers.get('millrace-position') ?? '', /^\d/)
    }
    for (const [query, status, code] of [
      [`count?id=a&asOf=0-99999`, 504, 'QUERY_STALE'],
      [`count?id=a&asOf=${Date.now() + 60_000}`, 422, 'QUERY_INVALID'],
      [`count?id=a&asOf=yesterday`, 400, 'POSITION_INVALID'],
      [`count?id=a&asOf=2026-99-99T00:00:00Z`, 400, 'PARAMETER_INVALID'],
    ] as const)
      assert.deepEqual(Object.values(pick(await problemOf(await ask(query, {}, impatient)))), [status, code], query)
    const live = await problemOf(await ask(`count?id=a&asOf=${position}`, { accept: 'text/event-stream' }))
    assert.deepEqual(pick(live), { status: 400, code: 'PARAMETER_INVALID' })

    async function check(at: Awaited<ReturnType<typeof open>>): Promise<void> {
      await at.query('counts', {}, { maxAgeMs: 0 })
      for (const { id, count, position, afterMs } of then) {
        assert.equal(await at.query('count', { id }, { asOf: position }), count, `as of ${position}`)
        assert.equal(await at.query('count', { id }, { asOf: { position } }), count)
        assert.equal(await at.query('count', { id }, { asOf: afterMs }), count, `as of ${afterMs}`)
      }
      const [first] = then
      assert.deepEqual(await at.query('counts', {}, { asOf: first!.afterMs }), [1])
      assert.deepEqual(await at.query('counts', {}, { asOf: 0 }), [])
      const now = ids.map((each) => counts.get(each)!).filter((each) => each > 0)
      assert.deepEqual(await at.query('counts', {}), now)
      assert.deepEqual(await at.query('counts', {}, { asOf: Date.now() }), now)
    }
  })
}

const pick = ({ status, code }: { readonly status: number; readonly code: string }) => ({ status, code })

test('without history that is said, and it is neither switched on nor off for what has been built', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'millrace-as-of-'))
  using _removed = { [Symbol.dispose]: () => rmSync(directory, { recursive: true }) }
  const open = async (what: typeof counters, place: string) =>
    start(what, { log: await openSqliteLog(directory), store: await openSqliteReadStore(path.join(directory, place)) })
  {
    await using running = await open(forgetful, 'one')
    const receipt = await running.send('Add', { id: 'a' })
    await assert.rejects(running.query('count', { id: 'a' }, { asOf: receipt }), { code: 'HISTORY_NOT_KEPT' })
    assert.equal(await running.query('count', { id: 'a' }, { after: receipt }), 1)
  }
  {
    await using running = await open(counters, 'two')
    assert.equal(await running.query('count', { id: 'a' }, { maxAgeMs: 0 }), 1)
    await assert.rejects(running.live('count', { id: 'a' }, { asOf: 0, onReady: () => undefined }), TypeError)
  }
  await using log = await openSqliteLog(directory)
  await using store = await openSqliteReadStore(path.join(directory, 'one'))
  await assert.rejects(start(counters, { log, store }), /switched on, but version 1 has been built without it; raise 'version'/)
})
