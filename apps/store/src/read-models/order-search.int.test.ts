/** The search, on each store that has tables: what it finds is compared with what the orders' own documents say. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { app, start, type QueryInput, type QueryResult, type ReadStore, type Running, type SharedReadStore } from '@millrace/core'
import { openPostgresReadStore } from '@millrace/postgres'
import { openTemporarySqliteReadStore } from '@millrace/sqlite'
import { postgresForTests } from '@millrace/testing/postgres'
import { createRandom, type Random } from 'app-kit/random'
import { order } from '../ordering/order.ts'
import { logOf } from '../testing/log-of.ts'
import { emailOf, HOUR_MS, orderIdOf, pastOrder, PRODUCTS } from '../testing/past-orders.ts'
import { orders } from './orders.ts'

const store = app('store', { aggregates: [order], projections: [orders] })
type Store = typeof store
type Search = QueryInput<Store, 'orders'>
type Order = NonNullable<QueryResult<Store, 'order'>>

const ORDERS = 240
const SEARCHES = 150
const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

interface OpenedStore extends AsyncDisposable {
  readonly store: ReadStore | SharedReadStore
}
const { skip, openDatabase } = await postgresForTests()
const stores: readonly (readonly [string, string | false | undefined, () => Promise<OpenedStore>])[] = [
  ['SQLite', false, async () => ({ store: await openTemporarySqliteReadStore(), [Symbol.asyncDispose]: () => Promise.resolve() })],
  [
    'PostgreSQL',
    skip,
    async () => {
      const database = await openDatabase()
      return { store: await openPostgresReadStore(database.url), [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() }
    },
  ],
]

/** All pages of a search, so many orders on each at the most. */
async function walk(running: Running<Store>, search: Search, limit: number, onPage?: () => Promise<unknown>): Promise<readonly string[]> {
  const ids: string[] = []
  for (let page: string | undefined = undefined, pages = 0; ; pages++) {
    assert.ok(pages <= ORDERS, 'pages without an end')
    const found: QueryResult<Store, 'orders'> = await running.query('orders', { ...search, limit, ...(page !== undefined && { page }) })
    ids.push(...found.orders.map(({ orderId }) => orderId))
    if (found.next === undefined) return ids
    assert.equal(found.orders.length, limit, 'a page is short, and has a next one')
    page = found.next
    await onPage?.()
  }
}

/** Of an order's own statuses, products and days some, so that most searches find something. */
function searchLike(like: Order, random: Random): Search {
  const maybe = <Value>(chance: number, value: Value): Value | undefined => (random.next() < chance ? value : undefined)
  const search = {
    productId: maybe(0.5, random.pick(PRODUCTS)),
    order: maybe(0.4, like.order),
    payment: maybe(0.4, like.payment),
    fulfilment: maybe(0.4, like.fulfilment),
    email: maybe(0.2, like.email),
    number: maybe(0.1, like.number),
    from: maybe(0.3, day(like.placedAtMs - 24 * HOUR_MS)),
    to: maybe(0.3, day(like.placedAtMs + 24 * HOUR_MS)),
  }
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== undefined))
}

function isFound(each: Order, { productId, from, to, ...same }: Search): boolean {
  if (productId !== undefined && !each.lines.some((line) => line.productId === productId)) return false
  if (from !== undefined && day(each.placedAtMs) < from) return false
  if (to !== undefined && day(each.placedAtMs) > to) return false
  return Object.entries(same).every(([name, value]) => each[name as keyof Order] === value)
}

for (const [name, skip, open] of stores)
  test(
    `on ${name}, a search finds all that is as asked, whatever is asked, and nothing twice`,
    { skip: skip ?? false, timeout: 240_000 },
    async () => {
      const random = createRandom(7)
      await using opened = await open()
      const log = await logOf(Array.from({ length: ORDERS }, (_, n) => pastOrder(n, random)))
      await using running = await start(store, { log, store: opened.store })
      const all: Order[] = []
      for (let n = 0; n < ORDERS; n++) all.push((await running.query('order', { orderId: orderIdOf(n) }, { maxAgeMs: 0 }))!)
      all.sort((one, other) => other.placedAtMs - one.placedAtMs || (one.orderId < other.orderId ? -1 : 1))
      const expected = (search: Search): readonly string[] => all.filter((each) => isFound(each, search)).map(({ orderId }) => orderId)

      const combinations = new Set(all.map(({ order, payment, fulfilment }) => `${order} ${payment} ${fulfilment}`))
      assert.ok(combinations.size > 15, `${combinations.size} combinations of statuses`)
      const counts = new Set<number>()
      for (let count = 0; count < SEARCHES; count++) {
        const search = searchLike(random.pick(all), random)
        const found = await walk(running, search, 1 + random.below(9))
        assert.deepEqual(found, expected(search), JSON.stringify(search))
        counts.add(found.length)
      }
      assert.ok(counts.size > 15, 'searches that find as much as each other try little')

      const { orders: page } = await running.query('orders', { limit: 100 })
      for (const { lines, ...found } of page) {
        const { lines: known, ...like } = all.find(({ orderId }) => orderId === found.orderId)!
        assert.deepEqual({ ...like, ...found }, like)
        assert.deepEqual(
          lines,
          known.map(({ productId, name, quantity }) => ({ productId, ...(name !== undefined && { name }), quantity })),
        )
      }

      // Orders that come while somebody turns the pages are on none, and none that was there is missing.
      for (const search of [{}, { productId: PRODUCTS[1] }, { order: 'pending' }, { email: emailOf(3) }] satisfies Search[]) {
        let came = 0
        const found = await walk(running, search, 5, async () => {
          const placed = await running.send('PlaceOrder', {
            orderId: `new-order-${Object.keys(search).join('')}-${String(came++).padStart(8, '0')}`,
            customerId: '00000000-0000-4000-8000-000000000003',
            email: emailOf(3),
            name: 'New',
            address: { street: 's', city: 'c', postcode: 'p', country: 'e' },
            lines: [{ productId: PRODUCTS[1], quantity: 1, agreedPriceCents: 1_000 }],
            paymentMethod: 'card',
          })
          const [latest] = (await running.query('orders', {}, { after: placed })).orders
          assert.match(latest?.orderId ?? '', /^new-order-/)
        })
        assert.ok(came > 0)
        assert.deepEqual(
          found.filter((id) => id.startsWith('past-')),
          expected(search),
        )
        assert.equal(new Set(found).size, found.length)
      }
      assert.deepEqual((await running.verify('orders')).differences, [])
    },
  )
