/** The read model of orders at work: what those who watch cost, and how it comes from version 1 to version 2. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { app, createMemoryLog, event, start, type QueryInput, type Running } from '@millrace/core'
import { openSqliteLog, openSqliteReadStore, openTemporarySqliteReadStore } from '@millrace/sqlite'
import { happenedAt } from '@millrace/testing'
import { createRandom } from 'app-kit/random'
import { order } from '../ordering/order.ts'
import { appendPast, logOf } from '../testing/log-of.ts'
import { customerOf, emailOf, orderIdOf, pastOrder } from '../testing/past-orders.ts'
import { orders } from './orders.ts'
import { keyedOrders } from './version-1/orders.ts'

const store = app('store', { aggregates: [order], projections: [orders] })

const place = (running: Running<typeof store>, orderId: string, customerId = customerOf(0)) =>
  running.send('PlaceOrder', {
    orderId,
    customerId,
    email: emailOf(0),
    name: 'Eve',
    address: { street: 's', city: 'c', postcode: 'p', country: 'e' },
    lines: [{ productId: 'lamp', quantity: 1, agreedPriceCents: 1_000 }],
    paymentMethod: 'card',
  })

test(
  'of those who watch an order, a customer’s orders and the board, none is asked again for another’s order',
  { timeout: 60_000 },
  async () => {
    const made = { order: 0, ordersOf: 0, board: 0, orders: 0 }
    const counted = <Query extends { readonly answer: (...given: never[]) => unknown }>(name: keyof typeof made, query: Query): Query => ({
      ...query,
      answer: (...given: never[]) => {
        made[name]++
        return query.answer(...given)
      },
    })
    const { queries } = orders
    const counting = {
      ...orders,
      queries: {
        order: counted('order', queries.order),
        ordersOf: counted('ordersOf', queries.ordersOf),
        board: counted('board', queries.board),
        orders: counted('orders', queries.orders),
      },
    }
    await using running = await start(app('store', { aggregates: [order], projections: [counting] }), {
      log: createMemoryLog({ partitions: 2 }),
      store: await openTemporarySqliteReadStore(),
    })
    const mine = orderIdOf(1)
    await running.query('order', { orderId: mine }, { after: await place(running, mine, customerOf(1)) })
    const stop = new AbortController()
    const seen: unknown[] = []
    const follow = async (watched: AsyncIterable<unknown>): Promise<void> => {
      try {
        for await (const each of watched) seen.push(each)
      } catch (error) {
        if (!stop.signal.aborted) throw error
      }
    }
    const { signal } = stop
    const following = [
      follow(running.watch('order', { orderId: mine }, { signal })),
      follow(running.watch('ordersOf', { customerId: customerOf(1) }, { signal })),
      follow(running.watch('board', {}, { signal })),
    ]
    while (seen.length < 3) await new Promise((resolve) => setImmediate(resolve))
    const before = { ...made }
    for (let n = 2; n < 12; n++) {
      // The latest by its time, in milliseconds: each has one of its own.
      for (const atMs = Date.now(); Date.now() === atMs;) await new Promise((resolve) => setTimeout(resolve, 1))
      const placed = await place(running, orderIdOf(n), customerOf(2))
      const [latest] = (await running.query('orders', {}, { after: placed })).orders
      assert.equal(latest?.orderId, orderIdOf(n), 'the search has it at once')
    }
    assert.deepEqual({ ...made, orders: 0 }, { ...before, orders: 0 })
    // Its own order is another matter.
    const cancelled = await running.send('CancelOrder', { orderId: mine })
    assert.equal((await running.query('order', { orderId: mine }, { after: cancelled }))?.order, 'cancelled')
    while (seen.length < 5) await new Promise((resolve) => setImmediate(resolve))
    stop.abort()
    await Promise.all(following)
  },
)

test('who watches a search is told what comes, and what changes', { timeout: 60_000 }, async () => {
  await using running = await start(store, { log: await logOf([]), store: await openTemporarySqliteReadStore() })
  const told: string[] = []
  for await (const { orders } of running.watch('orders', { email: emailOf(0) })) {
    told.push(orders.map(({ orderId, order }) => `${orderId.at(-1)} ${order}`).join(', '))
    const step = told.length
    if (step === 1) await place(running, orderIdOf(1))
    else if (told.at(-1) === '1 pending') await running.send('CancelOrder', { orderId: orderIdOf(1) })
    else if (told.at(-1) === '1 cancelled') break
  }
  assert.equal(told[0], '')
})

test('a store of version 1 answers at once, and from version 2 when that has been built beside it', { timeout: 120_000 }, async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'store-'))
  try {
    const random = createRandom(3)
    const past = Array.from({ length: 60 }, (_, n) => pastOrder(n, random))
    const searches: QueryInput<typeof store, 'orders'>[] = [
      { limit: 100 },
      { productId: 'rug', order: 'confirmed', limit: 100 },
      { email: emailOf(2), limit: 100 },
      { payment: 'awaiting', from: '1970-01-01', to: '1970-01-01', limit: 100 },
    ]
    const ask = async (running: Running<typeof store>) => ({
      found: await Promise.all(searches.map(async (search) => (await running.query('orders', search)).orders)),
      ofCustomer: await running.query('ordersOf', { customerId: customerOf(2) }),
      board: await running.query('board', {}),
      one: await running.query('order', { orderId: orderIdOf(5) }),
    })
    let before: Awaited<ReturnType<typeof ask>>
    {
      const log = await openSqliteLog(directory, { partitions: 1 })
      await appendPast(log, past)
      const old = app('store', { aggregates: [order], projections: [keyedOrders] })
      await using running = await start(old, { log, store: await openSqliteReadStore(directory) })
      await running.query('orders', {}, { maxAgeMs: 0 })
      before = await ask(running)
      assert.ok(before.found.every((each) => each.length > 0) && before.one !== null)
    }
    const isTwo = (running: Running<typeof store>): boolean =>
      running.status().projections.some(({ name, version, role }) => name === 'orders' && version === '2' && role === 'serving')
    {
      const log = await openSqliteLog(directory)
      // While nobody ran it, something happened.
      await appendPast(log, [happenedAt(0, order, orderIdOf(5), event('DelayReported', { note: 'snow', expectedAt: '2026-01-01' }))])
      await using running = await start(store, { log, store: await openSqliteReadStore(directory) })
      assert.ok(running.status().projections.some(({ version }) => version === '1'))
      assert.deepEqual((await ask(running)).found, before.found)
      while (!isTwo(running)) await new Promise((resolve) => setTimeout(resolve, 5))
      const { one, ...now } = await ask(running)
      assert.deepEqual({ ...now, board: undefined }, { found: before.found, ofCustomer: before.ofCustomer, board: undefined })
      assert.equal(one?.delay?.note, 'snow')
      assert.deepEqual((await running.verify('orders')).differences, [])
      await running.removeKept('orders')
    }
    await using running = await start(store, { log: await openSqliteLog(directory), store: await openSqliteReadStore(directory) })
    assert.ok(isTwo(running))
    assert.deepEqual((await ask(running)).found, before.found)
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
})

test('a store that is new has version 2 alone', async () => {
  await using running = await start(store, { log: await logOf([]), store: await openTemporarySqliteReadStore() })
  assert.deepEqual(
    running.status().projections.map(({ version, role }) => `${version} ${role}`),
    ['2 serving'],
  )
})
