import assert from 'node:assert/strict'
import { test } from 'node:test'
import { event } from '@millrace/core'
import { openTemporarySqliteReadStore } from '@millrace/sqlite'
import { givenProjection, happened, happenedAt } from '@millrace/testing'
import { product } from '../catalogue/product.ts'
import { toOrderNumber } from '../ordering/order-number.ts'
import { order } from '../ordering/order.ts'
import { catalogue } from './catalogue.ts'
import { orders } from './orders.ts'

const details = { name: 'Desk lamp', category: 'Light', description: 'Bends.', picture: 'lamp', priceCents: 4_900 }
const lampStock = [
  happened(product, 'rug', event('ProductAdded', { ...details, name: 'Rug', category: 'Floor' })),
  happened(
    product,
    'lamp',
    event('ProductAdded', details),
    event('StockReceived', { quantity: 10 }),
    event('StockReserved', { orderId: 'a', quantity: 3, name: 'Desk lamp', priceCents: 4_900 }),
    event('StockReserved', { orderId: 'b', quantity: 2, name: 'Desk lamp', priceCents: 4_900 }),
    event('StockRefused', { orderId: 'c', quantity: 9, reason: 'out-of-stock', available: 5 }),
    event('StockReleased', { orderId: 'b', quantity: 2 }),
    event('StockShipped', { orderId: 'a', parcelId: 'p', quantity: 1 }),
    event('StockReturned', { orderId: 'a', returnId: 'r', quantity: 1 }),
    event('PriceChanged', { priceCents: 5_200 }),
  ),
]

test('the catalogue says what can be bought, and the stock what lies there', async () => {
  const rug = { productId: 'rug', ...details, name: 'Rug', category: 'Floor', available: 0 }
  await givenProjection(catalogue, ...lampStock).thenQuery('catalogue', {}, [
    rug,
    { productId: 'lamp', ...details, priceCents: 5_200, available: 8 },
  ])
  const stock = { productId: 'lamp', name: 'Desk lamp', priceCents: 5_200, onHand: 10, reserved: 2, available: 8 }
  await givenProjection(catalogue, ...lampStock).thenQuery('stock', { productId: 'lamp' }, [stock])
  await givenProjection(catalogue, ...lampStock).thenQuery('stock', { productId: 'chair' }, [])
  await givenProjection(
    catalogue,
    ...lampStock,
    happened(product, 'lamp', event('StockCorrected', { onHand: 4, reason: 'count' })),
  ).thenQuery('stock', { productId: 'lamp' }, [{ ...stock, onHand: 4, available: 2 }])
})

const DAY_MS = 86_400_000
const EVE = '7c1a4f0e-52d8-4b7e-9d36-1f0e8b6a2c55'
const ADAM = 'b4d0f3a8-6e21-4c97-8a15-90fe2d7c6b31'
const idOf = (name: string) => `order-${name.padEnd(12, '0')}`
const address = { street: 'Millrace 1', city: 'Cork', postcode: 'T12', country: 'Ireland' }
const placed = (name: string, atMs: number, { productId = 'lamp', customerId = EVE, email = 'eve@example.org' } = {}) =>
  happenedAt(
    atMs,
    order,
    idOf(name),
    event('OrderPlaced', {
      number: toOrderNumber(idOf(name)),
      customerId,
      email,
      name: 'Eve',
      address,
      lines: [{ productId, quantity: 2, agreedPriceCents: 4_900 }],
      paymentMethod: 'card',
      payUntilMs: atMs + 1_000,
    }),
  )
const paid = (name: string, atMs: number, productId = 'lamp') =>
  happenedAt(
    atMs,
    order,
    idOf(name),
    event('LineReserved', { productId, name: 'Desk lamp', quantity: 2, priceCents: 4_900 }),
    event('OrderReserved', { totalCents: 9_800 }),
    event('PaymentRequested', { attempt: 1, amountCents: 9_800, method: 'card' }),
    event('PaymentCaptured', { attempt: 1, amountCents: 9_800 }),
    event('OrderConfirmed', {}),
  )
const one = [{ productId: 'lamp', quantity: 1 }]
const packed = (parcelId: string) => event('ParcelPacked', { parcelId, lines: one, staff: 'Ann' })
const shipped = (parcelId: string) => event('ParcelShipped', { parcelId, lines: one, carrier: 'Swift', tracking: 'S1', staff: 'Ann' })

const givenOrders = (...history: Parameters<typeof givenProjection>[1][]) =>
  givenProjection(orders, ...history).in(openTemporarySqliteReadStore)

interface Statuses {
  readonly order: string
  readonly payment: string
  readonly fulfilment: string
  readonly timeline?: readonly { readonly what: string }[]
}

/** The three lines of an order after that history. */
async function statusesAfter(...history: Parameters<typeof givenProjection>[1][]): Promise<string> {
  let found: Statuses | undefined
  await assert.rejects(
    givenOrders(...history).thenQuery('order', { orderId: idOf('a') }, null),
    (error: { readonly actual: Statuses }) => (found = error.actual) !== undefined,
  )
  return `${found?.order ?? ''}, ${found?.payment ?? ''}, ${found?.fulfilment ?? ''}`
}

const now = (...events: Parameters<typeof happenedAt<typeof order>>[3][]) => happenedAt(9, order, idOf('a'), ...events)
const start = [placed('a', 1), paid('a', 2)]
const refundAsked = event('RefundRequested', { refundId: 'f', attempt: 1, amountCents: 800, reason: 'goodwill' })

for (const [name, history, expected] of [
  ['placed', [placed('a', 1)], 'pending, awaiting, reserving'],
  [
    'declined',
    [
      placed('a', 1),
      now(
        event('PaymentRequested', { attempt: 1, amountCents: 1, method: 'card' }),
        event('PaymentDeclined', { attempt: 1, reason: 'no' }),
      ),
    ],
    'pending, declined, reserving',
  ],
  ['paid', start, 'confirmed, paid, to-pack'],
  ['packed in part', [...start, now(packed('p1'))], 'confirmed, paid, partly-packed'],
  ['packed', [...start, now(packed('p1'), packed('p2'))], 'confirmed, paid, packed'],
  ['shipped in part', [...start, now(packed('p1'), packed('p2'), shipped('p1'))], 'confirmed, paid, partly-shipped'],
  [
    'delivered',
    [
      ...start,
      now(
        packed('p1'),
        packed('p2'),
        shipped('p1'),
        shipped('p2'),
        event('ParcelDelivered', { parcelId: 'p1' }),
        event('ParcelDelivered', { parcelId: 'p2' }),
        event('OrderCompleted', {}),
      ),
    ],
    'completed, paid, delivered',
  ],
  [
    'refunded in part',
    [...start, now(refundAsked, event('RefundMade', { refundId: 'f', amountCents: 800 }))],
    'confirmed, partly-refunded, to-pack',
  ],
  ['owed a refund', [...start, now(refundAsked)], 'confirmed, refund-due, to-pack'],
  [
    'owed a refund that failed',
    [...start, now(refundAsked, event('RefundFailed', { refundId: 'f', amountCents: 800, reason: 'away' }))],
    'confirmed, refund-failed, to-pack',
  ],
  [
    'not paid in time',
    [placed('a', 1), now(event('OrderCancelled', { by: 'system', reason: 'payment-expired', release: ['lamp'] }))],
    'cancelled, unpaid, none',
  ],
] as const)
  test(`an order that is ${name} says so on three lines`, async () => assert.equal(await statusesAfter(...history), expected))

const row = (name: string, atMs: number, productId = 'lamp', isPaid = false) => ({
  orderId: idOf(name),
  number: toOrderNumber(idOf(name)),
  placedAtMs: atMs,
  name: 'Eve',
  email: 'eve@example.org',
  order: isPaid ? ('confirmed' as const) : ('pending' as const),
  payment: isPaid ? ('paid' as const) : ('awaiting' as const),
  fulfilment: isPaid ? ('to-pack' as const) : ('reserving' as const),
  ...(isPaid && { totalCents: 9_800 }),
  lines: [{ productId, quantity: 2, ...(isPaid && { name: 'Desk lamp' }) }],
})
const many = [
  placed('a', 1 * DAY_MS),
  placed('b', 2 * DAY_MS, { productId: 'rug' }),
  placed('c', 3 * DAY_MS),
  paid('b', 3 * DAY_MS, 'rug'),
  placed('d', 4 * DAY_MS, { customerId: ADAM, email: 'adam@example.org' }),
]
const [a, b, c] = [row('a', 1 * DAY_MS), row('b', 2 * DAY_MS, 'rug', true), row('c', 3 * DAY_MS)]
const d = { ...row('d', 4 * DAY_MS), email: 'adam@example.org' }

test('a customer finds their orders, the latest first', async () => {
  await givenOrders(...many).thenQuery('ordersOf', { customerId: EVE }, [c, b, a])
  await givenOrders(...many).thenQuery('ordersOf', { customerId: '5e0c9b7a-1d3f-4e82-b6a4-7f2c8d915e03' }, [])
})

test('orders are found by number, product, status, address and day', async () => {
  const given = givenOrders(...many)
  await given.thenQuery('orders', {}, { orders: [d, c, b, a] })
  await given.thenQuery('orders', { number: toOrderNumber(idOf('b')).toLowerCase() }, { orders: [b] })
  await given.thenQuery('orders', { productId: 'rug' }, { orders: [b] })
  await given.thenQuery('orders', { email: 'Adam@example.org' }, { orders: [d] })
  await given.thenQuery('orders', { fulfilment: 'to-pack' }, { orders: [b] })
  await given.thenQuery('orders', { order: 'pending', productId: 'lamp' }, { orders: [d, c, a] })
  await given.thenQuery('orders', { payment: 'paid', productId: 'lamp' }, { orders: [] })
  await given.thenQuery('orders', { from: '1970-01-03', to: '1970-01-04' }, { orders: [c, b] })
})

test('pages go on where they ended, whatever comes meanwhile', async () => {
  const first = { orders: [d, c], next: `${String(10 ** 15 - 1 - 3 * DAY_MS)}/${idOf('c')}` }
  await givenOrders(...many).thenQuery('orders', { limit: 2 }, first)
  await givenOrders(...many, placed('e', 5 * DAY_MS)).thenQuery('orders', { limit: 2, page: first.next }, { orders: [b, a] })
})

test('the board has what is to be done, the oldest first', async () => {
  const history = [
    placed('a', 1),
    paid('a', 2),
    placed('b', 3),
    paid('b', 4),
    happenedAt(5, order, idOf('b'), packed('p1')),
    happenedAt(6, order, idOf('b'), event('ReturnRequested', { returnId: 'r', lines: one, reason: 'x' })),
  ]
  await assert.rejects(
    givenOrders(...history).thenQuery('board', {}, []),
    ({ actual }: { readonly actual: readonly { readonly action: string; readonly orders: readonly { readonly orderId: string }[] }[] }) => {
      const columns = Object.fromEntries(actual.map(({ action, orders }) => [action, orders.map(({ orderId }) => orderId)]))
      const [first, second] = [idOf('a'), idOf('b')]
      assert.deepEqual(columns, { pack: [first, second], ship: [second], deliver: [], 'receive-return': [second], 'retry-refund': [] })
      return true
    },
  )
})
