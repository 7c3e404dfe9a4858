import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CARDS as known } from 'app-kit/payments'
import { CARDS } from 'app-kit/web/payment/cards.ts'
import type { Checkout } from '../api/contract.ts'
import { isUnderWay, phaseOf } from './phase.ts'
import { refundSentence } from './refund-words.ts'

const checkout = (change: Partial<Checkout>): Checkout => ({
  showId: 's',
  bookingId: 'b',
  holdId: 'h',
  customerId: 'c',
  seats: ['A-1-1'],
  amountCents: 4_500,
  method: 'card-approved',
  startedAtMs: 1,
  booking: 'open',
  payment: 'requested',
  refund: 'none',
  ...change,
})

test('what was sent is being paid, even before the read model says so', () => {
  assert.equal(phaseOf(undefined, false), 'asking')
  assert.equal(phaseOf(null, false), 'none')
  assert.equal(phaseOf(undefined, true), 'paying')
  assert.equal(phaseOf(null, true), 'paying')
  assert.equal(phaseOf(checkout({}), false), 'paying')
})

test('money and seats come in any order, and the seats have the last word', () => {
  assert.equal(phaseOf(checkout({ payment: 'captured' }), true), 'seating')
  assert.equal(phaseOf(checkout({ payment: 'requested', booking: 'confirmed' }), true), 'booked')
  assert.equal(phaseOf(checkout({ payment: 'captured', booking: 'lost' }), true), 'returning')
  assert.equal(phaseOf(checkout({ payment: 'captured', booking: 'cancelled', refund: 'made' }), true), 'cancelled')
})

test('an answer lets one start anew, a payment under way does not', () => {
  assert.equal(phaseOf(checkout({ payment: 'declined', booking: 'ended' }), true), 'declined')
  assert.equal(phaseOf(checkout({ payment: 'voided', booking: 'ended' }), true), 'untaken')
  // The show has not heard of it yet, and would refuse.
  assert.equal(phaseOf(checkout({ payment: 'declined' }), true), 'paying')
  assert.equal(phaseOf(checkout({ payment: 'voided' }), true), 'unresolved')
  assert.equal(phaseOf(checkout({ payment: 'unresolved' }), true), 'unresolved')
  assert.deepEqual(
    (['asking', 'paying', 'seating', 'unresolved', 'none', 'declined', 'untaken', 'returning', 'booked'] as const).filter(isUnderWay),
    ['asking', 'paying', 'seating', 'unresolved'],
  )
})

test('the cards to choose from are those the play provider knows', () =>
  assert.deepEqual(
    CARDS.map(({ id }) => id),
    Object.keys(known),
  ))

test('a refund says how much, and what happens next', () => {
  assert.match(refundSentence(4_500, 'none'), /^€45 goes back to your card/)
  assert.match(refundSentence(4_500, 'made'), /^€45 has gone back to your card/)
  assert.match(refundSentence(4_550, 'delayed'), /€45\.50 .*try again/)
})
