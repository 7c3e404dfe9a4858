import { aggregate, app, createMemoryLog, createMemoryReadStore, event, projection, start, type ReadStore } from '@millrace/core'
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { z } from 'zod'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'
import { openSqliteReadStore } from './open-sqlite-read-store.ts'

const order = aggregate('order', {
  commands: {
    PlaceOrder: z.object({ orderId: z.string(), customer: z.string(), cents: z.int() }),
    PayOrder: z.object({ orderId: z.string() }),
  },
  events: { OrderPlaced: z.object({ customer: z.string(), cents: z.int() }), OrderPaid: z.object({}) },
  key: ({ orderId }) => orderId,
  initialState: () => 0,
  decide: { PlaceOrder: ({ customer, cents }) => [event('OrderPlaced', { customer, cents })], PayOrder: () => [event('OrderPaid', {})] },
  evolve: { OrderPlaced: (count) => count + 1, OrderPaid: (count) => count + 1 },
})

const Order = z.object({ id: z.string(), status: z.enum(['placed', 'paid']), cents: z.number() })
const tables = [
  'create table orders (id text primary key, customer text not null, status text not null, cents integer not null check (cents >= 0))',
  'create index orders_by_status on orders (status, id); create table customers (name text primary key, orders integer not null, cents bigint not null)',
]

const orders = projection('orders', {
  from: [order],
  tables,
  document: z.object({ last: z.string() }),
  on: {
    OrderPlaced: ({ customer, cents }, { key, sql, model }) => {
      sql`insert into orders (id, customer, status, cents) values (${key}, ${customer}, ${'placed'}, ${cents})`
      sql`insert into customers (name, orders, cents) values (${customer}, ${1}, ${cents})
        on conflict (name) do update set orders = customers.orders + 1, cents = customers.cents + excluded.cents`
      model.put('last', { last: key })
    },
    OrderPaid: (_data, { key, sql }) => sql`update orders set status = ${'paid'} where id = ${key}`,
  },
  queries: (query) => ({
    orders: query(
      z.object({ status: z.string() }),
      ({ status }, model) => model.rows(Order)`select id, status, cents from orders where status = ${status} order by id limit ${10}`,
    ),
    overview: query(z.object({}), async (_input, model) => {
      const [totals] = await model.rows(
        z.object({ n: z.number(), cents: z.number() }),
      )`select count(*) as n, total(cents) as cents from orders`
      const [booked] = await model.rows(z.object({ n: z.number() }))`select total(orders) as n from customers`
      return { n: totals?.n, booked: booked?.n, cents: totals?.cents, last: (await model.get('last'))?.last }
    }),
    broken: query(z.object({}), (_input, model) => model.rows(Order)`delete from orders`),
  }),
})
const shop = app('shop', { aggregates: [order], projections: [orders] })

const begin = (store: ReadStore, log = createMemoryLog({ partitions: 3 })): ReturnType<typeof start<typeof shop>> =>
  start(shop, { log, store, onTrouble: () => undefined })

test('a projection with tables answers from rows, and from what it wrote', async () => {
  await using directory = await temporaryDirectory()
  await using running = await begin(await openSqliteReadStore(directory.path))
  for (let n = 0; n < 20; n++) await running.send('PlaceOrder', { orderId: `o-${n}`, customer: `c-${n % 3}`, cents: n })
  const paid = await running.send('PayOrder', { orderId: 'o-7' })
  assert.deepEqual(await running.query('orders', { status: 'paid' }, { after: paid }), [{ id: 'o-7', status: 'paid', cents: 7 }])
  assert.equal((await running.query('orders', { status: 'placed' })).length, 10)
  assert.deepEqual(await running.query('overview', {}), { n: 20, booked: 20, cents: 190, last: 'o-19' })
  await assert.rejects(running.query('broken', {}), { code: 'QUERY_FAILED', message: /broken.*a query only reads/ })
})

test('whoever watches rows is told of what changes them, and several reads are of one moment', async () => {
  await using directory = await temporaryDirectory()
  await using running = await begin(await openSqliteReadStore(directory.path))
  const stop = new AbortController()
  const seen: number[] = []
  const watching = (async () => {
    for await (const { n, booked } of running.watch('overview', {}, { signal: stop.signal })) {
      assert.equal(booked, n)
      seen.push(n ?? 0)
      if (n === 200) return
    }
  })()
  while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 1)) // it watches by now
  await Promise.all(
    Array.from({ length: 200 }, (_, n) => running.send('PlaceOrder', { orderId: `o-${n}`, customer: `c-${n % 7}`, cents: 1 })),
  )
  await watching
  assert.ok(seen.length > 1 && seen.every((n, at) => at === 0 || n > seen[at - 1]!), String(seen))
})

test('verify finds the row and the column that are not what the log says, and leaves nothing behind', async () => {
  await using directory = await temporaryDirectory()
  await using running = await begin(await openSqliteReadStore(directory.path))
  await Promise.all(
    Array.from({ length: 1_200 }, (_, n) => running.send('PlaceOrder', { orderId: `o-${n}`, customer: `c-${n % 3}`, cents: 1 })),
  )
  const last = await running.send('PayOrder', { orderId: 'o-7' })
  await running.query('overview', {}, { after: last })
  const files = (): readonly string[] => readdirSync(directory.path).filter((name) => /^read-.*\.db$/.test(name))
  assert.equal(files().length, 1)
  const good = await running.verify('orders')
  assert.deepEqual([good.documents, good.rows, good.differing], [1, 1_203, 0])
  assert.equal(files().length, 1)
  const database = new DatabaseSync(join(directory.path, files()[0]!))
  database.exec(
    `UPDATE orders SET cents = 5 WHERE id = 'o-500'; DELETE FROM orders WHERE id = 'o-0'; INSERT INTO orders VALUES ('z', 'c', 'paid', 1)`,
  )
  database.close()
  const bad = await running.verify('orders')
  const found = [...bad.differences].sort((one, other) => one.key.localeCompare(other.key))
  assert.equal(bad.differing, 3)
  assert.deepEqual(
    found.map(({ table, key, path }) => [table, key, path]),
    [
      ['orders', 'o-0', ''],
      ['orders', 'o-500', '/cents'],
      ['orders', 'z', ''],
    ],
  )
  assert.deepEqual([found[1]?.served, found[1]?.other], ['5', '1'])
})

test('a rebuild has the same tables beside those that serve, compares rows, and is removed as it came', async () => {
  await using directory = await temporaryDirectory()
  await using running = await begin(await openSqliteReadStore(directory.path))
  for (let n = 0; n < 30; n++) await running.send('PlaceOrder', { orderId: `o-${n}`, customer: 'c', cents: 1 })
  const { from, to, compared } = await running.rebuild('orders')
  assert.deepEqual([from, to, compared.rows, compared.documents, compared.differing], ['1', '1.1', 31, 1, 0])
  const next = await running.send('PayOrder', { orderId: 'o-3' })
  const paid = [{ id: 'o-3', status: 'paid', cents: 1 }]
  assert.deepEqual(await running.query('orders', { status: 'paid' }, { after: next }), paid)
  await running.rollBack('orders')
  assert.deepEqual(await running.query('orders', { status: 'paid' }, { after: next }), paid)
  await running.removeKept('orders')
  assert.equal(readdirSync(directory.path).filter((name) => /^read-.*\.db$/.test(name)).length, 1)
})

test('rows and checkpoint are there after a restart: no event is folded twice', async () => {
  await using directory = await temporaryDirectory()
  const log = createMemoryLog({ partitions: 3 })
  const kept = { ...log, [Symbol.asyncDispose]: () => Promise.resolve() }
  Object.setPrototypeOf(kept, Object.getPrototypeOf(log) as object)
  for (let round = 1; round <= 3; round++) {
    await using running = await begin(await openSqliteReadStore(directory.path), kept)
    const sent = await running.send('PlaceOrder', { orderId: `o-${round}`, customer: 'c', cents: 1 })
    assert.deepEqual(await running.query('overview', {}, { after: sent }), { n: round, booked: round, cents: round, last: `o-${round}` })
  }
})

test('a statement that the database refuses parks the key of its event, and all others go on', async () => {
  await using directory = await temporaryDirectory()
  const troubles: Error[] = []
  const store = await openSqliteReadStore(directory.path)
  await using running = await start(shop, { log: createMemoryLog({ partitions: 1 }), store, onTrouble: (error) => troubles.push(error) })
  const place = (orderId: string, cents: number): ReturnType<typeof running.send> =>
    running.send('PlaceOrder', { orderId, customer: 'c', cents })
  await place('o-1', 1)
  const sent = await Promise.all([place('o-2', 2), place('o-1', 5), place('o-3', 3), place('o-1', 7)])
  const { n, booked, cents } = await running.query('overview', {}, { after: sent.at(-1)! })
  assert.deepEqual({ n, booked, cents }, { n: 3, booked: 3, cents: 6 })
  assert.match(troubles.map(String).join(), /orders.*UNIQUE constraint failed: orders\.id/)
  assert.equal((await running.verify('orders')).differing, 0)
  assert.equal(readdirSync(directory.path).filter((name) => /^read-.*\.db$/.test(name)).length, 1)
})

test('a build beside the one that serves stops at a statement that the database refuses, and names its event', async () => {
  await using directory = await temporaryDirectory()
  await using running = await begin(await openSqliteReadStore(directory.path))
  await running.send('PlaceOrder', { orderId: 'o-1', customer: 'c', cents: 1 })
  const sent = await running.send('PlaceOrder', { orderId: 'o-1', customer: 'c', cents: 1 })
  await running.query('overview', {}, { after: sent })
  await assert.rejects(running.rebuild('orders'), (error: Error & { readonly code?: string; readonly at?: unknown }) => {
    assert.equal(error.code, 'READ_MODEL_STOPPED')
    assert.match(error.message, /projection 'orders' could not handle OrderPlaced at partition \d.*UNIQUE constraint failed: orders\.id/)
    assert.match(JSON.stringify(error.at), /"projection":"orders","partition":\d,"offset":\d+,"event":"OrderPlaced"/)
    return true
  })
})

test('a store without SQL is refused at the start, with the settings to use', async () => {
  const refusal = { name: 'TypeError', message: /projection 'orders' has tables.*MILLRACE_STORE.*sqlite:.*postgres:/ }
  await assert.rejects(start(shop, { log: createMemoryLog() }), refusal)
  await assert.rejects(start(shop, { log: createMemoryLog(), store: createMemoryReadStore() }), refusal)
})

test('a table without a primary key is refused at the start', async () => {
  await using directory = await temporaryDirectory()
  const heap = projection('heap', {
    from: [order],
    tables: ['create table heap (n integer)'],
    on: { OrderPlaced: () => undefined, OrderPaid: () => undefined },
    queries: () => ({}),
  })
  await using store = await openSqliteReadStore(directory.path)
  await assert.rejects(start(app('heap', { aggregates: [order], projections: [heap] }), { log: createMemoryLog(), store }), {
    name: 'TypeError',
    message: /projection 'heap': tables: 'heap' has no primary key/,
  })
})
