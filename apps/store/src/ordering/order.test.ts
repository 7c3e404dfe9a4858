import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cancel, command, event, schedule } from '@millrace/core'
import { given } from '@millrace/testing'
import { PAY_WITHIN_MS } from './order-commands.ts'
import { readOrderNumber, toOrderNumber } from './order-number.ts'
import { order } from './order.ts'

const orderId = 'order-0123456789abcdef'
const about = {
  customerId: '7c1a4f0e-52d8-4b7e-9d36-1f0e8b6a2c55',
  email: 'eve@example.org',
  name: 'Eve Miller',
  address: { street: 'Millrace 1', city: 'Cork', postcode: 'T12', country: 'Ireland' },
  paymentMethod: 'card',
}
const line = (productId: string, quantity: number, agreedPriceCents: number) => ({ productId, quantity, agreedPriceCents })
const place = (...lines: ReturnType<typeof line>[]) => command('PlaceOrder', { orderId, ...about, lines })
const placed = event('OrderPlaced', {
  number: toOrderNumber(orderId),
  ...about,
  lines: [line('lamp', 2, 4_900), line('rug', 1, 9_900)],
  payUntilMs: PAY_WITHIN_MS,
})
const lamps = { productId: 'lamp', name: 'Desk lamp', quantity: 2, priceCents: 4_500 }
const rug = { productId: 'rug', name: 'Rug', quantity: 1, priceCents: 9_900 }
const totalCents = 18_900
const reserved = [event('LineReserved', lamps), event('LineReserved', rug), event('OrderReserved', { totalCents })]
const requested = (attempt = 1) => event('PaymentRequested', { attempt, amountCents: totalCents, method: 'card' })
const captured = (attempt = 1) => event('PaymentCaptured', { attempt, amountCents: totalCents })
const unpaid = [placed, ...reserved, requested()]
const paid = [...unpaid, captured(), event('OrderConfirmed', {})]
const release = ['lamp', 'rug']
const ended = (by: 'customer' | 'staff' | 'system', reason: 'customer' | 'staff' | 'payment-expired') =>
  event('OrderCancelled', { by, reason, release })
const all = [
  { productId: 'lamp', quantity: 2 },
  { productId: 'rug', quantity: 1 },
]
const packed = (parcelId: string, lines = all, staff = 'Ann') => event('ParcelPacked', { parcelId, lines, staff })
const shipped = (parcelId: string, lines = all) =>
  event('ParcelShipped', { parcelId, lines, carrier: 'Swift', tracking: 'SW1', staff: 'Ann' })
const delivered = (parcelId: string) => event('ParcelDelivered', { parcelId })
const done = [...paid, packed('p1'), shipped('p1'), delivered('p1'), event('OrderCompleted', {})]

test('an order is placed, with a number, and waits half an hour for its payment', async () => {
  const when = given(order).when(place(line('lamp', 2, 4_900), line('rug', 1, 9_900)))
  await when.thenEvents(placed)
  await when.thenTimers(schedule(PAY_WITHIN_MS, command('ExpirePayment', { orderId }), { name: 'payment' }))
  await given(order, placed)
    .when(place(line('lamp', 1, 4_900)))
    .thenRejected('order-exists')
})

// medusajs/medusa#16502: a product on two lines was checked line by line, and oversold.
test('a product on two lines is asked for once, with the sum', () =>
  given(order)
    .when(place(line('lamp', 1, 4_900), line('rug', 1, 9_900), line('lamp', 1, 5_000)))
    .thenEvents(placed))

test('what makes no sense is refused with its path', async () => {
  const wrong: readonly (readonly [object, string])[] = [
    [{ orderId: 'short' }, 'orderId'],
    [{ lines: [] }, 'lines'],
    [{ lines: [line('lamp', 0, 1)] }, 'lines.0.quantity'],
    [{ lines: [{ ...line('lamp', 1, 1), priceCents: 1 }] }, 'lines.0'],
    [{ email: 'eve' }, 'email'],
    [{ totalCents: 1 }, ''],
    [{ payWithinMs: PAY_WITHIN_MS + 1 }, 'payWithinMs'],
  ]
  const data = { orderId, ...about, lines: [line('lamp', 1, 1)] }
  for (const [part, path] of wrong)
    await given(order)
      .when(command('PlaceOrder', { ...data, ...part }))
      .thenInvalid(path)
})

test('payment is asked for when every product is reserved, at the catalogue’s prices', async () => {
  const record = (data: typeof rug) => command('RecordReservation', { orderId, ...data })
  await given(order, placed).when(record(lamps)).thenEvents(event('LineReserved', lamps))
  await given(order, placed, event('LineReserved', lamps)).when(record(lamps)).thenNothing()
  await given(order, placed, event('LineReserved', lamps))
    .when(record(rug))
    .thenEvents(event('LineReserved', rug), event('OrderReserved', { totalCents }), requested())
})

test('one product refused ends the order, and all reservations with it', async () => {
  const refusal = { productId: 'rug', reason: 'out-of-stock' as const, available: 0, priceCents: 9_900 }
  const when = given(order, placed, event('LineReserved', lamps)).when(command('RecordRefusal', { orderId, ...refusal }))
  await when.thenEvents(event('OrderCancelled', { by: 'system', ...refusal, release }))
  await when.thenTimers(cancel('payment'))
  await given(order, placed, event('OrderCancelled', { by: 'system', ...refusal, release }))
    .when(command('RecordReservation', { orderId, ...lamps }))
    .thenNothing()
})

test('an approved payment confirms the order, once', async () => {
  const record = command('RecordPayment', { orderId, attempt: 1, amountCents: totalCents })
  const when = given(order, ...unpaid).when(record)
  await when.thenEvents(captured(), event('OrderConfirmed', {}))
  await when.thenTimers(cancel('payment'))
  await given(order, ...paid)
    .when(record)
    .thenNothing()
})

test('a declined payment can be tried again until time is up', async () => {
  const declined = event('PaymentDeclined', { attempt: 1, reason: 'no funds' })
  const retry = command('RetryPayment', { orderId, paymentMethod: 'card' })
  await given(order, ...unpaid)
    .when(command('RecordDecline', { orderId, attempt: 1, reason: 'no funds' }))
    .thenEvents(declined)
  await given(order, ...unpaid)
    .when(retry)
    .thenRejected('payment-pending')
  await given(order, ...unpaid, declined)
    .when(retry)
    .thenEvents(requested(2))
  await given(order, ...unpaid, declined)
    .when(retry, { nowMs: PAY_WITHIN_MS })
    .thenRejected('order-cancelled', { by: 'system', reason: 'payment-expired' })
  await given(order, ...paid)
    .when(retry)
    .thenRejected('already-paid')
})

test('an order that is not paid in time is over, and its goods are free', async () => {
  const expire = command('ExpirePayment', { orderId })
  await given(order, ...unpaid)
    .when(expire, { nowMs: PAY_WITHIN_MS - 1 })
    .thenNothing()
  await given(order, ...unpaid)
    .when(expire, { nowMs: PAY_WITHIN_MS })
    .thenEvents(ended('system', 'payment-expired'))
  await given(order, ...paid)
    .when(expire, { nowMs: PAY_WITHIN_MS })
    .thenNothing()
})

// A paid order without goods: money that comes after the end goes back.
for (const end of [ended('system', 'payment-expired'), ended('customer', 'customer')]) {
  test(`a payment that comes through after the end (${end.data.reason}) is refunded`, () =>
    given(order, ...unpaid, end)
      .when(command('RecordPayment', { orderId, attempt: 1, amountCents: totalCents }))
      .thenEvents(
        captured(),
        event('RefundRequested', { refundId: 'attempt-1', attempt: 1, amountCents: totalCents, reason: 'paid-too-late' }),
      ))
}

test('an attempt without an answer is voided, and another one may be made meanwhile', async () => {
  const unresolved = event('PaymentUnresolved', { attempt: 1, reason: 'timeout' })
  await given(order, ...unpaid)
    .when(command('RecordNoAnswer', { orderId, attempt: 1, reason: 'timeout' }))
    .thenEvents(unresolved)
  await given(order, ...unpaid, unresolved)
    .when(command('RetryPayment', { orderId, paymentMethod: 'card' }))
    .thenEvents(requested(2))
  await given(order, ...unpaid, unresolved)
    .when(command('RecordVoid', { orderId, attempt: 1, wasCaptured: true }))
    .thenEvents(event('PaymentVoided', { attempt: 1, wasCaptured: true }))
})

test('of an order that is cancelled before packing the money goes back', async () => {
  const abandon = command('CancelOrder', { orderId })
  await given(order, ...unpaid)
    .when(abandon)
    .thenEvents(ended('customer', 'customer'))
  await given(order, ...paid)
    .when(abandon)
    .thenEvents(
      ended('customer', 'customer'),
      event('RefundRequested', { refundId: 'cancelled', attempt: 1, amountCents: totalCents, reason: 'order-cancelled' }),
    )
  await given(order).when(abandon).thenRejected('order-unknown')
})

test('of cancelling and packing one wins, and the other is told who', async () => {
  await given(order, ...paid, packed('p1'))
    .when(command('CancelOrder', { orderId }))
    .thenRejected('order-packed', { by: 'Ann' })
  await given(order, ...paid, ended('customer', 'customer'))
    .when(command('PackParcel', { orderId, parcelId: 'p1', staff: 'Ann' }))
    .thenRejected('order-cancelled', { by: 'customer', reason: 'customer' })
})

test('nothing is packed that is not paid', () =>
  given(order, ...unpaid)
    .when(command('PackParcel', { orderId, parcelId: 'p1', staff: 'Ann' }))
    .thenRejected('order-not-confirmed'))

test('an order is packed once, in one parcel or in several', async () => {
  const pack = (parcelId: string, lines?: typeof all) => command('PackParcel', { orderId, parcelId, staff: 'Bob', ...(lines && { lines }) })
  const one = [{ productId: 'lamp', quantity: 1 }]
  const rest = [
    { productId: 'lamp', quantity: 1 },
    { productId: 'rug', quantity: 1 },
  ]
  await given(order, ...paid)
    .when(pack('p1'))
    .thenEvents(packed('p1', all, 'Bob'))
  await given(order, ...paid, packed('p1'))
    .when(pack('p2'))
    .thenRejected('nothing-to-pack', { by: 'Ann' })
  await given(order, ...paid, packed('p1'))
    .when(pack('p1'))
    .thenRejected('parcel-exists')
  await given(order, ...paid, packed('p1', one))
    .when(pack('p2'))
    .thenEvents(packed('p2', rest, 'Bob'))
  await given(order, ...paid, packed('p1', one))
    .when(pack('p2', all))
    .thenRejected('more-than-ordered', { productId: 'lamp', left: 1 })
  await given(order, ...paid)
    .when(pack('p1', [...one, ...one]))
    .thenInvalid('lines.1')
})

test('an order is done when its last parcel is delivered', async () => {
  const one = [{ productId: 'lamp', quantity: 2 }]
  const two = [{ productId: 'rug', quantity: 1 }]
  const both = [...paid, packed('p1', one), packed('p2', two), shipped('p1', one), shipped('p2', two)]
  const confirm = (parcelId: string) => command('ConfirmDelivery', { orderId, parcelId })
  await given(order, ...paid, packed('p1'))
    .when(confirm('p1'))
    .thenRejected('parcel-not-shipped')
  await given(order, ...both)
    .when(confirm('p1'))
    .thenEvents(delivered('p1'))
  await given(order, ...both, delivered('p1'))
    .when(confirm('p1'))
    .thenRejected('parcel-delivered')
  await given(order, ...both, delivered('p1'))
    .when(confirm('p2'))
    .thenEvents(delivered('p2'), event('OrderCompleted', {}))
  await given(order, ...both)
    .when(command('ShipParcel', { orderId, parcelId: 'p1', staff: 'Bob', carrier: 'Swift', tracking: 'SW2' }))
    .thenRejected('parcel-shipped', { by: 'Ann' })
})

test('what was delivered can be returned, once, and its price is given back', async () => {
  const lines = [{ productId: 'lamp', quantity: 1 }]
  const back = (returnId: string, quantity = 1) =>
    command('RequestReturn', { orderId, returnId, reason: 'too bright', lines: [{ productId: 'lamp', quantity }] })
  const asked = event('ReturnRequested', { returnId: 'r1', lines, reason: 'too bright' })
  await given(order, ...paid)
    .when(back('r1'))
    .thenRejected('more-than-ordered', { productId: 'lamp', left: 0 })
  await given(order, ...done)
    .when(back('r1'))
    .thenEvents(asked)
  await given(order, ...done, asked)
    .when(back('r2', 2))
    .thenRejected('more-than-ordered', { productId: 'lamp', left: 1 })
  const receive = command('ReceiveReturn', { orderId, returnId: 'r1', restock: true, staff: 'Ann' })
  const received = event('ReturnReceived', { returnId: 'r1', lines, restock: true, staff: 'Ann' })
  await given(order, ...done, asked)
    .when(receive)
    .thenEvents(received, event('RefundRequested', { refundId: 'return-r1', attempt: 1, amountCents: 4_500, reason: 'goods-returned' }))
  await given(order, ...done, asked, received)
    .when(receive)
    .thenRejected('return-unknown')
})

// A refund without a payment, or of more than was paid.
test('nothing is refunded that was not paid', async () => {
  const refund = (amountCents: number) => command('RefundOrder', { orderId, refundId: 'f1', amountCents, staff: 'Ann' })
  const asked = event('RefundRequested', { refundId: 'f1', attempt: 1, amountCents: 900, reason: 'goodwill' })
  await given(order, ...unpaid)
    .when(refund(900))
    .thenRejected('not-paid')
  await given(order, ...paid)
    .when(refund(900))
    .thenEvents(asked)
  await given(order, ...paid, asked)
    .when(refund(900))
    .thenRejected('refund-exists')
  // Ids that the order's own refunds have: asked for under one of them, the provider would take it for that one.
  for (const refundId of ['cancelled', 'return-r1', 'attempt-2'])
    await given(order, ...paid)
      .when(command('RefundOrder', { orderId, refundId, amountCents: 900, staff: 'Ann' }))
      .thenRejected('refund-exists')
  await given(order, ...paid, asked)
    .when(command('RefundOrder', { orderId, refundId: 'f2', amountCents: totalCents, staff: 'Ann' }))
    .thenRejected('more-than-paid', { leftCents: totalCents - 900 })
  await given(order, ...paid, asked)
    .when(command('WithdrawOrder', { orderId, staff: 'Ann' }))
    .thenEvents(
      ended('staff', 'staff'),
      event('RefundRequested', { refundId: 'cancelled', attempt: 1, amountCents: totalCents - 900, reason: 'order-cancelled' }),
    )
})

test('a refund that failed can be asked for again, and is made once', async () => {
  const asked = event('RefundRequested', { refundId: 'f1', attempt: 1, amountCents: 900, reason: 'goodwill' })
  const failed = event('RefundFailed', { refundId: 'f1', amountCents: 900, reason: 'away' })
  const made = event('RefundMade', { refundId: 'f1', amountCents: 900 })
  const retry = command('RetryRefund', { orderId, refundId: 'f1', staff: 'Ann' })
  const record = command('RecordRefund', { orderId, refundId: 'f1' })
  await given(order, ...paid, asked)
    .when(command('RecordFailedRefund', { orderId, refundId: 'f1', reason: 'away' }))
    .thenEvents(failed)
  await given(order, ...paid, asked, failed)
    .when(retry)
    .thenEvents(asked)
  await given(order, ...paid, asked)
    .when(retry)
    .thenRejected('refund-unknown')
  await given(order, ...paid, asked)
    .when(record)
    .thenEvents(made)
  await given(order, ...paid, asked, made)
    .when(record)
    .thenNothing()
})

test('an order number is read however it is typed', () => {
  const number = toOrderNumber(orderId)
  assert.match(number, /^MR-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/)
  assert.equal(readOrderNumber(` ${number.toLowerCase().replaceAll('-', ' ')} `), number)
  assert.equal(readOrderNumber(number.slice(3)), number)
  assert.equal(readOrderNumber('MR-OIL1-2345'), 'MR-0111-2345')
  for (const text of ['', 'MR-1', 'UUUUUUUU']) assert.equal(readOrderNumber(text), undefined)
})
