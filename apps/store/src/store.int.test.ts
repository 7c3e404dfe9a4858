/** The store as a whole, spoken to over HTTP: orders are placed, paid at a provider of their own, packed, shipped and taken back. */
import assert from 'node:assert/strict'
import { get } from 'node:http'
import { test } from 'node:test'
import { createClient, type Client } from '@millrace/client'
import type { CommandInput, CommandName, QueryResult } from '@millrace/core'
import type { Store } from './app.ts'
import { openStoreApp } from './testing/open-app.ts'

type Order = NonNullable<QueryResult<Store, 'order'>>
type App = Awaited<ReturnType<typeof openStoreApp>>

const address = { street: 'Millrace 1', city: 'Cork', postcode: 'T12', country: 'Ireland' }
let orders = 0
const place = (lines: readonly (readonly [string, number, number])[], more: object = {}): CommandInput<Store, 'PlaceOrder'> => ({
  orderId: `order-${String(++orders).padStart(12, '0')}`,
  customerId: '7c1a4f0e-52d8-4b7e-9d36-1f0e8b6a2c55',
  email: 'Eve@Example.org',
  name: 'Eve Miller',
  address,
  lines: lines.map(([productId, quantity, agreedPriceCents]) => ({ productId, quantity, agreedPriceCents })),
  paymentMethod: 'card-approved',
  ...more,
})

/** Waits until the order is as wanted: its reactors take a moment. */
async function until({ running }: App, orderId: string, isWanted: (order: Order) => boolean): Promise<Order> {
  let latest: Order | null = null
  try {
    for await (const order of running.watch('order', { orderId }, { signal: AbortSignal.timeout(60_000) })) {
      latest = order
      if (order !== null && isWanted(order)) return order
    }
  } catch {
    // Said below.
  }
  return assert.fail(`not within 60 s: ${String(isWanted)}; it is ${JSON.stringify(latest)}`)
}

async function accepted<Name extends CommandName<Store>>(
  client: Client<Store>,
  name: Name,
  data: CommandInput<Store, Name>,
): Promise<void> {
  const receipt = await client.send(name, data)
  assert.equal(receipt.outcome, 'accepted', JSON.stringify(receipt))
}

const stockOf = async ({ running }: App, productId: string) => {
  const [found] = await running.query('stock', { productId }, { maxAgeMs: 0 })
  return found === undefined ? undefined : [found.onHand, found.reserved]
}

test('an order is placed, paid, packed in two parcels, shipped, delivered and returned in part', async () => {
  await using app = await openStoreApp({ web: false })
  const client = createClient<Store>({ url: app.url })
  const order = place([
    ['stoneware-mug', 1, 1_800],
    ['oak-stool', 1, 14_500],
    ['stoneware-mug', 1, 1_800],
  ])
  const { orderId } = order
  await accepted(client, 'PlaceOrder', order)
  // The page reads its own write at once, whatever else is still to come.
  const placed = await client.query('order', { orderId })
  assert.notEqual(placed, null)
  assert.ok(!('customerId' in placed!), 'who may see one order may not see the customer’s others')
  const paid = await until(app, orderId, ({ payment }) => payment === 'paid')
  assert.deepEqual([paid.order, paid.fulfilment, paid.totalCents, paid.email], ['confirmed', 'to-pack', 18_100, 'eve@example.org'])
  assert.deepEqual(await stockOf(app, 'stoneware-mug'), [60, 2])

  const onBoard = async () =>
    (await app.running.query('board', {}, { maxAgeMs: 0 })).filter(({ orders }) => orders.length > 0).map(({ action }) => action)
  assert.deepEqual(await onBoard(), ['pack'])
  const staff = 'Ann'
  await accepted(client, 'PackParcel', { orderId, parcelId: 'p1', staff, lines: [{ productId: 'oak-stool', quantity: 1 }] })
  await accepted(client, 'PackParcel', { orderId, parcelId: 'p2', staff })
  assert.deepEqual(await onBoard(), ['ship'])
  const late = await client.send('CancelOrder', { orderId })
  assert.deepEqual(late.outcome === 'rejected' && [late.code, late.details], ['order-packed', { by: 'Ann' }])
  for (const parcelId of ['p1', 'p2']) {
    await accepted(client, 'ShipParcel', { orderId, parcelId, staff, carrier: 'Swift', tracking: `SW-${parcelId}` })
    await accepted(client, 'ConfirmDelivery', { orderId, parcelId })
  }
  await until(app, orderId, ({ order: status }) => status === 'completed')
  await accepted(client, 'RequestReturn', {
    orderId,
    returnId: 'r1',
    reason: 'one is enough',
    lines: [{ productId: 'stoneware-mug', quantity: 1 }],
  })
  await accepted(client, 'ReceiveReturn', { orderId, returnId: 'r1', restock: true, staff })
  const returned = await until(app, orderId, ({ payment }) => payment === 'partly-refunded')
  assert.equal(returned.fulfilment, 'partly-returned')
  assert.equal(app.payments.ledger.balanceCents(), 16_300)
  await app.running.query('order', { orderId }, { maxAgeMs: 0 })
  assert.deepEqual(
    returned.timeline.map(({ what }) => what),
    [
      ...['OrderPlaced', 'OrderReserved', 'PaymentRequested', 'PaymentCaptured', 'OrderConfirmed', 'ParcelPacked', 'ParcelPacked'],
      ...['ParcelShipped', 'ParcelDelivered', 'ParcelShipped', 'ParcelDelivered', 'OrderCompleted'],
      ...['ReturnRequested', 'ReturnReceived', 'RefundRequested', 'RefundMade'],
    ],
  )
})

test('the last bowl is sold once, and the other order gives back what it had', async () => {
  await using app = await openStoreApp({ web: false })
  const client = createClient<Store>({ url: app.url })
  const wanted = [0, 1].map(() =>
    place([
      ['walnut-bowl', 1, 9_500],
      ['wool-blanket', 1, 12_000],
    ]),
  )
  await Promise.all(wanted.map((order) => accepted(client, 'PlaceOrder', order)))
  const ended = await Promise.all(wanted.map(({ orderId }) => until(app, orderId, ({ order }) => order !== 'pending')))
  assert.deepEqual(ended.map(({ order }) => order).sort(), ['cancelled', 'confirmed'])
  const lost = ended.find(({ order }) => order === 'cancelled')
  assert.deepEqual(lost?.cancelled, { by: 'system', reason: 'out-of-stock', productId: 'walnut-bowl', available: 0, priceCents: 9_500 })
  for (let tries = 0; tries < 3_000 && (await stockOf(app, 'wool-blanket'))?.[1] !== 1; tries++) await new Promise((r) => setTimeout(r, 20))
  assert.deepEqual(await stockOf(app, 'wool-blanket'), [9, 1])
  assert.deepEqual(await stockOf(app, 'walnut-bowl'), [1, 1])
  assert.equal(app.payments.ledger.balanceCents(), 21_500)
})

test('nobody pays more than they saw, and nobody names a price', async () => {
  await using app = await openStoreApp({ web: false })
  const client = createClient<Store>({ url: app.url })
  const cheap = place([['fountain-pen', 1, 1]])
  await accepted(client, 'PlaceOrder', cheap)
  const refused = await until(app, cheap.orderId, ({ order }) => order === 'cancelled')
  assert.deepEqual([refused.cancelled?.reason, refused.cancelled?.priceCents], ['price-changed', 3_800])
  const generous = place([['fountain-pen', 1, 9_900]])
  await accepted(client, 'PlaceOrder', generous)
  assert.equal((await until(app, generous.orderId, ({ payment }) => payment === 'paid')).capturedCents, 3_800)
})

for (const [card, name] of [
  ['card-slow', 'that takes longer than a moment'],
  ['card-answer-lost', 'whose answer is lost'],
] as const)
  test(`a payment ${name} is made once`, async () => {
    await using app = await openStoreApp({ web: false })
    const order = place([['notebook', 1, 1_600]], { paymentMethod: card })
    await accepted(createClient<Store>({ url: app.url }), 'PlaceOrder', order)
    await until(app, order.orderId, ({ payment }) => payment === 'paid')
    assert.equal(app.payments.ledger.balanceCents(), 1_600)
    assert.equal(app.payments.ledger.entries().length, 1)
    if (card === 'card-answer-lost') assert.equal(app.payments.ledger.entries()[0]?.asked, 2)
  })

test('a declined payment can be tried with another card; an order that is not paid in time gives its goods back', async () => {
  await using app = await openStoreApp({ web: false })
  const client = createClient<Store>({ url: app.url })
  const [order, idle] = [
    place([['iron-pan', 2, 7_200]], { paymentMethod: 'card-declined' }),
    place([['iron-pan', 3, 7_200]], { paymentMethod: 'card-declined', payWithinMs: 5_000 }),
  ]
  await accepted(client, 'PlaceOrder', order)
  await accepted(client, 'PlaceOrder', idle)
  await until(app, order.orderId, ({ payment }) => payment === 'declined')
  await accepted(client, 'RetryPayment', { orderId: order.orderId, paymentMethod: 'card-approved' })
  await until(app, order.orderId, ({ payment }) => payment === 'paid')
  const expired = await until(app, idle.orderId, ({ order }) => order === 'cancelled')
  assert.deepEqual([expired.cancelled?.reason, expired.payment], ['payment-expired', 'unpaid'])
  for (let tries = 0; tries < 3_000 && (await stockOf(app, 'iron-pan'))?.[1] !== 2; tries++) await new Promise((r) => setTimeout(r, 20))
  assert.deepEqual(await stockOf(app, 'iron-pan'), [12, 2])
})

test('a payment that comes through after the order was cancelled is given back', async () => {
  await using app = await openStoreApp({ web: false, slowMs: 3_600_000 })
  const client = createClient<Store>({ url: app.url })
  const order = place([['brass-lamp', 1, 8_900]], { paymentMethod: 'card-slow' })
  await accepted(client, 'PlaceOrder', order)
  await until(app, order.orderId, ({ payment }) => payment === 'requested')
  await accepted(client, 'CancelOrder', { orderId: order.orderId })
  app.payments.hurry()
  const ended = await until(app, order.orderId, ({ payment }) => payment === 'refunded')
  assert.deepEqual([ended.order, ended.capturedCents, ended.refundedCents], ['cancelled', 8_900, 8_900])
  assert.equal(app.payments.ledger.balanceCents(), 0)
})

const lookUp = (app: App, body: object) =>
  fetch(`${app.url}/guests/look-up`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

test('a guest finds an order by number and address, and a stranger learns nothing', async () => {
  await using app = await openStoreApp({ web: false, lookUpsInAMinute: 6 })
  const order = place([['notebook', 1, 1_600]])
  await accepted(createClient<Store>({ url: app.url }), 'PlaceOrder', order)
  const { number } = await until(app, order.orderId, () => true)
  const found = await lookUp(app, { number: number.toLowerCase(), email: ' EVE@example.org' })
  assert.deepEqual(await found.json(), { orderId: order.orderId })
  const answers: string[] = []
  for (const body of [
    { number, email: 'adam@example.org' },
    { number: 'MR-7777-7777', email: 'eve@example.org' },
    { number: 'x', email: '' },
    {},
  ]) {
    const answer = await lookUp(app, body)
    answers.push(`${answer.status} ${await answer.text()}`)
  }
  assert.equal(new Set(answers).size, 1)
  assert.match(answers[0] ?? '', /^404 /)
  await lookUp(app, {})
  const tooMany = await lookUp(app, { number, email: 'eve@example.org' })
  assert.equal(tooMany.status, 429)
})

test('a customer’s orders are shown to who knows the customer’s id, which nobody can guess', async () => {
  await using app = await openStoreApp({ web: false })
  const order = place([['notebook', 1, 1_600]])
  const send = (customerId: string) =>
    fetch(`${app.url}/commands/PlaceOrder`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...order, customerId }),
    })
  const guesses = ['eve', 'eve@example.org', 'customer-00000000000001', '1', '00000000-0000-1000-8000-000000000000']
  for (const guess of guesses) {
    const refused = await send(guess)
    assert.equal(refused.status, 422, guess)
    assert.match(await refused.text(), /customerId is a random UUID/)
    for (const accept of ['application/json', 'text/event-stream']) {
      const asked = await fetch(`${app.url}/queries/ordersOf?customerId=${encodeURIComponent(guess)}`, { headers: { accept } })
      assert.equal(asked.status, 422, `${guess}, ${accept}`)
    }
  }
  assert.equal((await send(order.customerId)).status, 200)
  await until(app, order.orderId, () => true)
  const of = async (customerId: string): Promise<number> =>
    ((await (await fetch(`${app.url}/queries/ordersOf?customerId=${customerId}`)).json()) as readonly unknown[]).length
  assert.deepEqual([await of(order.customerId), await of(crypto.randomUUID())], [1, 0])
})

/** `target` as it stands, which `fetch` would mend. */
const statusOf = (url: string, target: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    get({ hostname, port, path: target }, (response) => resolve(response.destroy().statusCode)).once('error', reject)
  })

test('what a reactor’s command led to is told to nobody over HTTP: its id can be guessed, and an order’s id is a secret', async () => {
  await using app = await openStoreApp({ web: false })
  const order = place([['oak-stool', 1, 14_500]])
  await accepted(createClient<Store>({ url: app.url }), 'PlaceOrder', order)
  await until(app, order.orderId, ({ payment }) => payment === 'paid')
  let known = 0
  for (const reactor of ['stock-keeping', 'payments'])
    for (let partition = 0; partition < 4; partition++)
      for (let offset = 0; offset < 60; offset++) {
        const id = `~${reactor}~${partition}~${offset}.0~${offset}`
        if ((await app.running.outcome(id)) === undefined) continue
        known++
        assert.equal((await fetch(`${app.url}/commands/${id}`)).status, 404, id)
      }
  assert.ok(known > 0)
})

test('what is the staff’s is kept from others where there is a key', async () => {
  await using app = await openStoreApp({ web: false, staffKey: 'mill-wheel-and-water' })
  const post = (path: string, body: object, headers: Record<string, string> = {}) =>
    fetch(`${app.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })
  const status = async (answer: Promise<Response>): Promise<number> => (await answer).status
  for (const path of ['/queries/orders', '/queries/board', '/queries/stock', '/queries/%6frders', '/live?watch=catalogue&watch=board'])
    assert.equal(await status(fetch(`${app.url}${path}`)), 403, path)
  // The router takes what is behind a '#' for part of the query; a URL parser does not.
  for (const target of ['/live?watch=catalogue&x#&watch=board', 'http://a/queries/orders'])
    assert.equal(await statusOf(app.url, target), 403, target)
  assert.equal(await status(post('/commands/ReceiveStock', { productId: 'notebook', quantity: 1 })), 403)
  assert.equal(await status(fetch(`${app.url}/queries/catalogue`)), 200)
  assert.equal(await status(post('/commands/CancelOrder', { orderId: 'order-000000000000' })), 409)

  assert.equal(await status(post('/staff/sign-in', { key: 'mill-wheel' })), 403)
  const signedIn = await post('/staff/sign-in', { key: 'mill-wheel-and-water' })
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  assert.equal(await status(fetch(`${app.url}/queries/orders`, { headers: { cookie } })), 200)
  assert.equal(await status(post('/commands/ReceiveStock', { productId: 'notebook', quantity: 1 }, { cookie })), 200)
  assert.equal(await status(fetch(`${app.url}/queries/orders`, { headers: { cookie: `${cookie}x` } })), 403)
  assert.deepEqual(await (await fetch(`${app.url}/about`, { headers: { cookie } })).json(), {
    isStaff: true,
    paymentsPage: app.payments.url,
  })
})

const STAFF_KEY = 'mill-wheel-and-water'
const OPS_KEY = 'flour-and-millstones'
for (const [what, keys, taken] of [
  ['the staff’s key operates where there is no other', { staffKey: STAFF_KEY }, STAFF_KEY],
  ['where operators have a key of their own, the staff’s does not operate', { staffKey: STAFF_KEY, opsKey: OPS_KEY }, OPS_KEY],
  ['operators have a key also where everybody is staff', { opsKey: OPS_KEY }, OPS_KEY],
] as const)
  test(what, async () => {
    await using app = await openStoreApp({ web: false, ...keys })
    for (const path of ['/ops/read-models', '/ops/parked', '/metrics']) {
      for (const key of [STAFF_KEY, OPS_KEY, undefined]) {
        const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` }
        assert.equal((await fetch(`${app.url}${path}`, { headers })).status, key === taken ? 200 : 401, `${path} ${key}`)
      }
      assert.equal(await statusOf(app.url, `${path}#`), 401, 'the router takes what is behind a # for part of the query')
    }
  })
