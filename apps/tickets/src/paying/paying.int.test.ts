/** Paying over HTTP, with the fake provider behind it: what a client is told, what the provider did, and how often. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { httpPayments, openFakePayments, type FakePayments } from 'app-kit/payments'
import { openTicketsApp } from '../testing/open-app.ts'

type Body = Readonly<Record<string, unknown>> | null

interface Shop extends AsyncDisposable {
  readonly provider: FakePayments
  /** Resolves with the receipt of an accepted command, or the code of its refusal. */
  send(command: string, data: object): Promise<{ readonly position: string; readonly code: string | undefined }>
  ask(query: string, after?: string): Promise<Body>
  /** The answer, once it has all of that. */
  until(query: string, wanted: Readonly<Record<string, unknown>>): Promise<Body>
}

async function openShop({ holdMs = 600_000, slowMs = 500 } = {}): Promise<Shop> {
  await using opened = new AsyncDisposableStack()
  const provider = opened.use(await openFakePayments({ slowMs }))
  const { url } = opened.use(await openTicketsApp({ holdMs, web: false, payments: httpPayments(provider.url), paymentsPage: provider.url }))
  const ask: Shop['ask'] = async (query, after = '') => {
    const answer = await fetch(`${url}/queries/${query}`, { headers: after === '' ? {} : { 'millrace-after': after } })
    return (await answer.json()) as Body
  }
  const all = opened.move()
  return {
    provider,
    ask,
    async send(command, data) {
      const headers = { 'content-type': 'application/json' }
      const body = JSON.stringify({ showId: 'theatre', ...data })
      const answer = await fetch(`${url}/commands/${command}`, { method: 'POST', headers, body })
      const receipt = (await answer.json()) as { readonly position: string; readonly code?: string }
      assert.ok(answer.status === 200 || answer.status === 409, `${command}: ${answer.status} ${JSON.stringify(receipt)}`)
      return { position: receipt.position, code: answer.status === 409 ? receipt.code : undefined }
    },
    async until(query, wanted) {
      for (const endMs = Date.now() + 90_000; ;) {
        const found = await ask(query)
        if (found !== null && Object.entries(wanted).every(([name, value]) => found[name] === value)) return found
        assert.ok(Date.now() < endMs, `${query} never had ${JSON.stringify(wanted)}, at last: ${JSON.stringify(found)}`)
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

/** Long enough to begin to pay within it, on any machine; and a payment that ends when it is told to. */
const SHORT = { holdMs: 4_000, slowMs: 3_600_000 }

const seats = ['A-1-1', 'A-1-2']
const hold = { holdId: 'h1', customerId: 'eve', seats }
const checkout = (method: string, bookingId = 'b1', holdId = 'h1') => ({ holdId, bookingId, method })
const ofBooking = (bookingId = 'b1') => `checkout?showId=theatre&bookingId=${bookingId}`
const keyOf = (what: 'charge' | 'refund', bookingId = 'b1') => `tickets/theatre/${bookingId}/${what}`

test('approved: booked, charged once, known to the next query', async () => {
  await using shop = await openShop()
  await shop.send('HoldSeats', hold)
  const { position } = await shop.send('Checkout', checkout('card-approved'))
  const known = await shop.ask(ofBooking(), position)
  assert.deepEqual([known?.['amountCents'], known?.['method'], known?.['seats']], [13_000, 'card-approved', seats])
  await shop.until(ofBooking(), { booking: 'confirmed', payment: 'captured', refund: 'none' })
  assert.equal((await shop.until('booking?bookingId=b1', { status: 'confirmed' }))?.['totalCents'], 13_000)
  assert.deepEqual(
    shop.provider.ledger.entries().map(({ key, status, asked }) => [key, status, asked]),
    [[keyOf('charge'), 'captured', 1]],
  )
  assert.equal((await shop.send('Checkout', checkout('card-approved'))).code, 'booking-exists')
})

test('declined: nothing is taken, the seats stay held, and another card pays', async () => {
  await using shop = await openShop()
  await shop.send('HoldSeats', hold)
  await shop.send('Checkout', checkout('card-declined'))
  await shop.until(ofBooking(), { booking: 'ended', payment: 'declined' })
  assert.equal((await shop.ask('hold?holdId=h1'))?.['status'], 'held')
  assert.equal(shop.provider.ledger.balanceCents(), 0)
  assert.equal((await shop.send('Checkout', checkout('card-approved', 'b2'))).code, undefined)
  await shop.until(ofBooking('b2'), { booking: 'confirmed', payment: 'captured' })
  assert.equal(shop.provider.ledger.balanceCents(), 13_000)
})

test('an answer that is lost is asked for again: one charge, asked for twice', async () => {
  await using shop = await openShop()
  await shop.send('HoldSeats', hold)
  await shop.send('Checkout', checkout('card-answer-lost'))
  await shop.until(ofBooking(), { booking: 'confirmed', payment: 'captured' })
  assert.equal(shop.provider.ledger.get(keyOf('charge'))?.asked, 2)
  assert.equal(shop.provider.ledger.balanceCents(), 13_000)
})

test('slow: a hold that is being paid for is not paid for twice', async () => {
  await using shop = await openShop({ slowMs: 3_600_000 })
  await shop.send('HoldSeats', hold)
  await shop.send('Checkout', checkout('card-slow'))
  assert.equal((await shop.send('Checkout', checkout('card-approved', 'b2'))).code, 'payment-pending')
  assert.equal((await shop.send('ConfirmBooking', { holdId: 'h1', bookingId: 'b3' })).code, 'payment-pending')
  shop.provider.hurry()
  await shop.until(ofBooking(), { booking: 'confirmed', payment: 'captured' })
  assert.equal(shop.provider.ledger.entries().length, 1)
})

test('paid when the hold is over: the seats are kept where they are free, and the buyer is told', async () => {
  await using shop = await openShop(SHORT)
  await shop.send('HoldSeats', hold)
  assert.equal((await shop.send('Checkout', checkout('card-slow'))).code, undefined)
  await shop.until('hold?holdId=h1', { status: 'expired' })
  shop.provider.hurry()
  await shop.until(ofBooking(), { booking: 'confirmed', payment: 'captured', isLate: true })
  assert.equal((await shop.until('booking?bookingId=b1', { status: 'confirmed' }))?.['totalCents'], 13_000)
  assert.equal(shop.provider.ledger.balanceCents(), 13_000)
})

test('paid when somebody else has a seat: all of it goes back, once', async () => {
  await using shop = await openShop(SHORT)
  await shop.send('HoldSeats', hold)
  assert.equal((await shop.send('Checkout', checkout('card-slow'))).code, undefined)
  await shop.until('hold?holdId=h1', { status: 'expired' })
  assert.equal((await shop.send('HoldSeats', { holdId: 'h2', customerId: 'adam', seats: ['A-1-2'] })).code, undefined)
  assert.equal((await shop.send('ConfirmBooking', { holdId: 'h2', bookingId: 'b2' })).code, undefined)
  shop.provider.hurry()
  await shop.until(ofBooking(), { booking: 'lost', payment: 'captured', refund: 'made' })
  assert.equal(await shop.ask('booking?bookingId=b1'), null)
  assert.equal(shop.provider.ledger.balanceCents(), 0)
  assert.deepEqual([shop.provider.ledger.get(keyOf('refund'))?.amountCents, shop.provider.ledger.entries().length], [13_000, 2])
})

test('cancelled: the money goes back; what was paid at the box office is not the provider’s', async () => {
  await using shop = await openShop()
  await shop.send('HoldSeats', hold)
  await shop.send('Checkout', checkout('card-approved'))
  await shop.until(ofBooking(), { booking: 'confirmed', payment: 'captured' })
  await shop.send('CancelBooking', { bookingId: 'b1' })
  await shop.until(ofBooking(), { booking: 'cancelled', refund: 'made' })
  assert.equal(shop.provider.ledger.balanceCents(), 0)
  await shop.send('HoldSeats', { ...hold, holdId: 'h2' })
  await shop.send('ConfirmBooking', { holdId: 'h2', bookingId: 'b2' })
  const { position } = await shop.send('CancelBooking', { bookingId: 'b2' })
  assert.equal(await shop.ask(ofBooking('b2'), position), null)
  assert.equal(shop.provider.ledger.entries().length, 2)
})

test('while the provider is away a payment is given up and voided, and paid for anew when it is back', { timeout: 250_000 }, async () => {
  await using shop = await openShop()
  await shop.send('HoldSeats', hold)
  shop.provider.setMood('away')
  await shop.send('Checkout', checkout('card-approved'))
  await shop.until(ofBooking(), { payment: 'unresolved' })
  assert.equal((await shop.send('Checkout', checkout('card-approved', 'b2'))).code, 'payment-pending')
  shop.provider.setMood('card')
  await shop.until(ofBooking(), { booking: 'ended', payment: 'voided' })
  assert.deepEqual([shop.provider.ledger.get(keyOf('charge'))?.status, shop.provider.ledger.balanceCents()], ['voided', 0])
  await shop.send('Checkout', checkout('card-approved', 'b2'))
  await shop.until(ofBooking('b2'), { booking: 'confirmed' })
  assert.equal(shop.provider.ledger.balanceCents(), 13_000)
})

test('what is given back is offered to whoever waits, and paid for like any hold', async () => {
  await using shop = await openShop()
  const theatre = ['A', 'B', 'C', 'D', 'G'].map((id, at) => ({ id, rows: [8, 8, 6, 6, 4][at]!, perRow: [10, 10, 11, 11, 27][at]! }))
  const all = theatre.flatMap(({ id, rows, perRow }) =>
    Array.from({ length: rows * perRow }, (_, at) => `${id}-${Math.floor(at / perRow) + 1}-${(at % perRow) + 1}`),
  )
  await shop.send('HoldSeats', hold)
  await shop.send('BlockSeats', { seats: all.filter((seat) => !seats.includes(seat)), reason: 'a private evening' })
  await shop.send('JoinWaitingList', { waiterId: 'w1', customerId: 'adam', quantity: 2 })
  const { position } = await shop.send('JoinWaitingList', { waiterId: 'w2', customerId: 'seth', quantity: 1 })
  assert.equal((await shop.ask('waiter?showId=theatre&waiterId=w2', position))?.['before'], 1)
  assert.equal(await shop.ask('waiting?showId=theatre', position), 2)
  await shop.send('ReleaseHold', { holdId: 'h1' })
  await shop.until('waiter?showId=theatre&waiterId=w1', { status: 'offered' })
  await shop.until('waiter?showId=theatre&waiterId=w2', { status: 'waiting', before: 0 })
  await shop.send('Checkout', checkout('card-approved', 'b1', 'w1'))
  await shop.until('waiter?showId=theatre&waiterId=w1', { status: 'booked' })
  await shop.until(ofBooking(), { booking: 'confirmed', payment: 'captured' })
  assert.equal(shop.provider.ledger.balanceCents(), 13_000)
})
