/** The comparison with the provider's books must be able to say no: each rule is broken once, and found. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MoneyFold, type BookEntry, type Money } from './money-fold.ts'

type Step = readonly [type: string, key: string, data: object]

const started: Step = ['CheckoutStarted', 's', { bookingId: 'b', totalCents: 500 }]
const requested: Step = ['PaymentRequested', 's/b', { amountCents: 500 }]
const captured: Step = ['PaymentCaptured', 's/b', { amountCents: 500 }]
const confirmed: Step = ['BookingConfirmed', 's', { bookingId: 'b', totalCents: 500, isPaid: true }]
const cancelled: Step = ['BookingCancelled', 's', { bookingId: 'b', totalCents: 500, isPaid: true }]
const refunding: Step = ['RefundRequested', 's/b', { amountCents: 500 }]
const refunded: Step = ['RefundMade', 's/b', { amountCents: 500 }]
const booked = [started, requested, captured, confirmed]

const charge = (change: Partial<BookEntry> = {}): BookEntry => ({
  key: 'tickets/s/b/charge',
  kind: 'charge',
  amountCents: 500,
  status: 'captured',
  asked: 1,
  ...change,
})
const refund: BookEntry = { key: 'tickets/s/b/refund', kind: 'refund', amountCents: 500, status: 'refunded', asked: 2 }

function compare(steps: readonly Step[], books: readonly BookEntry[]): { problems: readonly string[]; money: Money; open: number } {
  const problems: string[] = []
  const fold = new MoneyFold((problem) => problems.push(problem))
  steps.forEach(([type, key, data], offset) =>
    fold.apply({ offset, kind: 'event', type, key, timeMs: offset, commandId: `c${offset}`, index: 0, data }),
  )
  return { open: fold.open, money: fold.compare(books), problems }
}

test('money for seats is kept, money for none has gone back, in whatever order the partitions are read', () => {
  const sold = compare(booked, [charge({ asked: 3 })])
  assert.deepEqual(sold, { problems: [], open: 0, money: { checkouts: 1, keptCents: 500, effects: 1, repeats: 2 } })
  assert.deepEqual(compare([requested, captured, started, confirmed], [charge()]).problems, [])
  const back = compare([...booked, cancelled, refunding, refunded], [charge(), refund])
  assert.deepEqual(back, { problems: [], open: 0, money: { checkouts: 1, keptCents: 0, effects: 2, repeats: 1 } })
  const declined: readonly Step[] = [started, requested, ['PaymentDeclined', 's/b', {}], ['CheckoutEnded', 's', { bookingId: 'b' }]]
  assert.deepEqual(compare(declined, [charge({ status: 'declined' })]).problems, [])
})

test('what is still under way is open, and what waits for the provider is not', () => {
  assert.equal(compare([started, requested], []).open, 1)
  assert.equal(compare([...booked, cancelled], [charge()]).open, 1)
  assert.deepEqual(compare([started, requested, ['PaymentUnresolved', 's/b', {}]], []).problems, [])
})

test('a booking at the box office is no checkout', () =>
  assert.equal(compare([['BookingConfirmed', 's', { bookingId: 'x', totalCents: 500 }]], []).money.checkouts, 0))

for (const [name, steps, books, problem] of [
  ['seats that nobody was charged for', booked, [], /keeps 0 cents, the seats that it booked cost 500/],
  ['seats whose charge was voided', booked, [charge({ status: 'voided' })], /keeps 0 cents/],
  ['another amount', booked, [charge({ amountCents: 400 })], /keeps 400 cents, the seats that it booked cost 500/],
  ['money kept for a cancelled booking', [...booked, cancelled, refunding, refunded], [charge()], /keeps 500 cents/],
  ['money given back for seats that are booked', booked, [charge(), refund], /keeps 0 cents/],
  ['a checkout without an end', [started, requested, captured], [charge()], /never came to an end/],
  ['a payment captured twice', [...booked, captured], [charge()], /has two PaymentCaptured/],
  ['a refund made twice', [...booked, cancelled, refunding, refunded, refunded], [charge(), refund], /has two RefundMade/],
  ['an effect counted twice', booked, [charge(), charge()], /1 effects twice for their key/],
  ['a charge for nothing', booked, [charge(), charge({ key: 'tickets/s/z/charge' })], /of which the log knows nothing/],
  ['amounts that differ', [started, ['PaymentRequested', 's/b', { amountCents: 400 }], captured, confirmed], [charge()], /about 500 cents/],
] as const satisfies readonly (readonly [string, readonly Step[], readonly BookEntry[], RegExp])[]) {
  test(`finds ${name}`, () => assert.match(compare(steps, books).problems.join('\n'), problem))
}
