import { aggregate, app, createMemoryLog, event, fragment, projection, start } from '@millrace/core'
import { postgresForTests } from '@millrace/testing/postgres'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from 'pg'
import { z } from 'zod'
import { openPostgresReadStore } from './index.ts'

const { skip, openDatabase } = await postgresForTests()

const order = aggregate('order', {
  commands: { PlaceOrder: z.object({ orderId: z.string(), customer: z.string(), cents: z.int() }) },
  events: { OrderPlaced: z.object({ customer: z.string(), cents: z.int() }) },
  key: ({ orderId }) => orderId,
  initialState: () => 0,
  decide: { PlaceOrder: ({ customer, cents }) => [event('OrderPlaced', { customer, cents })] },
  evolve: { OrderPlaced: (count) => count + 1 },
})

const orders = projection('orders', {
  from: [order],
  tables: [
    'create table orders (customer text, id text, cents numeric(12, 2) not null, placed timestamptz not null, primary key (customer, id))',
    'create table totals (name text primary key, orders integer not null)',
  ],
  on: {
    OrderPlaced: ({ customer, cents }, { key, sql }) => {
      const placed = '2026-11-25T12:00:00.123456Z'
      sql`insert into orders (customer, id, cents, placed) values (${customer}, ${key}, ${cents}, ${placed})`
      sql`insert into totals (name, orders) values (${'all'}, ${1}) on conflict (name) do update set orders = totals.orders + 1`
    },
  },
  queries: (query) => ({
    total: query(z.object({}), async (_input, model) => {
      const [total] = await model.rows(z.object({ orders: z.number() }))`select orders from totals`
      const [counted] = await model.rows(z.object({ n: z.number() }))`select count(*) as n from orders`
      return { total: total?.orders ?? 0, counted: counted?.n }
    }),
  }),
})
const shop = app('shop', { aggregates: [order], projections: [orders] })

test('tables on PostgreSQL: queries of one moment, a rebuild beside, and a verification that names the row', { skip }, async () => {
  await using database = await openDatabase()
  const schemas = async (): Promise<number> =>
    (await asked<{ readonly n: number }>("select count(*)::int as n from pg_namespace where nspname like 'millrace\\_t%'"))[0]!.n
  async function asked<Row>(sql: string): Promise<readonly Row[]> {
    const client = new Client({ connectionString: database.url })
    await client.connect()
    try {
      return (await client.query(sql)).rows as readonly Row[]
    } finally {
      await client.end()
    }
  }
  const store = await openPostgresReadStore(database.url)
  await using running = await start(shop, { log: createMemoryLog({ partitions: 4 }), store })
  const placed = await Promise.all(
    Array.from({ length: 600 }, (_, n) => running.send('PlaceOrder', { orderId: `o-${n}`, customer: `c-${n % 3}`, cents: n })),
  )
  for (const each of placed) {
    const { total, counted } = await running.query('total', {}, { after: each })
    assert.equal(counted, total)
  }
  assert.deepEqual(await running.query('total', {}), { total: 600, counted: 600 })

  const { compared } = await running.rebuild('orders')
  assert.ok((compared.rows ?? 0) > 500)
  assert.deepEqual([compared.differing, await schemas()], [0, 2])
  await running.rollBack('orders')
  await running.removeKept('orders')
  assert.equal(await schemas(), 1)

  const good = await running.verify('orders')
  assert.deepEqual([good.rows, good.differing, await schemas()], [601, 0, 1])
  const [schema] = await asked<{ readonly name: string }>("select nspname as name from pg_namespace where nspname like 'millrace\\_t%'")
  await asked(`update "${schema!.name}".orders set placed = placed + interval '1 microsecond' where id = 'o-100'`)
  await asked(`delete from "${schema!.name}".orders where id = 'o-599'`)
  const bad = await running.verify('orders')
  const found = bad.differences.map(({ table, key, path }) => ({ table, key, path }))
  assert.deepEqual(found, [
    { table: 'orders', key: '["c-1","o-100"]', path: '/placed' },
    { table: 'orders', key: '["c-2","o-599"]', path: '' },
  ])
  assert.deepEqual([bad.differing, await schemas()], [2, 1])
})

test('of many statements the first that is refused is named, and none of them is stored', { skip }, async () => {
  await using database = await openDatabase()
  await using store = await openPostgresReadStore(database.url)
  const model = await store.open('numbers', '1', ['create table numbers (n integer primary key, text text not null)'])
  const fold = await model.claim(0, 1)
  const insert = (numbers: readonly number[]): Promise<boolean> =>
    fold.commit({
      writes: new Map(),
      reads: new Map(),
      statements: numbers.map((n) => fragment`insert into numbers (n, text) values (${n}, ${`number ${n}`})`),
      next: fold.next + 1,
    })
  const numbers = Array.from({ length: 1_000 }, (_, n) => n)
  const counted = async (): Promise<unknown> => (await model.rows!(fragment`select count(*) as n, sum(n) as sum from numbers`))[0]
  for (const [bad, worse] of [
    [0, 999],
    [127, 128],
    [500, 501],
  ] as const) {
    const twice = numbers.map((n) => (n === bad || n === worse ? 5_000 : n))
    twice.splice(bad, 0, 5_000)
    await assert.rejects(insert(twice), (error: { readonly code?: string; readonly at?: Readonly<Record<string, unknown>> }) => {
      assert.equal(error.code, 'STATEMENT_REFUSED')
      assert.equal(error.at?.['statement'], bad + 1)
      return true
    })
    assert.deepEqual(await counted(), { n: 0, sum: null })
  }
  // In their order: each depends on the one before.
  assert.equal(await insert(numbers), true)
  await fold.commit({
    writes: new Map(),
    reads: new Map(),
    statements: numbers.map((n) => fragment`update numbers set n = n + ${1_000} where n = ${n}`),
    next: fold.next + 1,
  })
  assert.deepEqual(await counted(), { n: 1_000, sum: 1_499_500 })
})
