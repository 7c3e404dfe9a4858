import { test } from 'node:test'
import { cancel, command, event, schedule } from '@millrace/core'
import { given } from '@millrace/testing'
import { show } from './show.ts'

const showId = 'hamlet'
const scheduled = event('ShowScheduled', {
  showId,
  title: 'Hamlet',
  venue: 'Globe',
  startsAt: '2030-05-01T19:30:00Z',
  sections: [{ id: 'A', name: 'Stalls', priceCents: 4_500, rows: 1, seatsPerRow: 4 }],
  maxSeatsPerCustomer: 4,
  holdMs: 600_000,
})
const held = (holdId: string, customerId: string, ...seats: string[]) =>
  event('SeatsHeld', { holdId, customerId, seats, untilMs: 600_000, adjacent: true })
const pair = ['A-1-1', 'A-1-2']
const eves = held('h1', 'eve', ...pair)
const released = event('HoldReleased', { holdId: 'h1', customerId: 'eve', seats: pair, reason: 'expired' })
const booking = { bookingId: 'b1', holdId: 'h1', customerId: 'eve', seats: pair, totalCents: 9_000 }
const started = event('CheckoutStarted', { ...booking, method: 'card' })
const pay = command('Checkout', { showId, holdId: 'h1', bookingId: 'b1', method: 'card' })
const paid = command('ConfirmPaid', { showId, ...booking })

test('a hold is paid for by one checkout at a time', async () => {
  await given(show, scheduled, eves).when(pay, { nowMs: 5 }).thenEvents(started)
  await given(show, scheduled, eves, started)
    .when(command('Checkout', { showId, holdId: 'h1', bookingId: 'b2', method: 'card' }))
    .thenRejected('payment-pending')
  await given(show, scheduled, eves, started).when(pay).thenRejected('booking-exists')
  await given(show, scheduled, eves, started)
    .when(command('ConfirmBooking', { showId, holdId: 'h1', bookingId: 'b2' }))
    .thenRejected('payment-pending')
  await given(show, scheduled, eves, started, event('CheckoutEnded', { bookingId: 'b1', holdId: 'h1' }))
    .when(command('Checkout', { showId, holdId: 'h1', bookingId: 'b2', method: 'card' }))
    .thenEvents(event('CheckoutStarted', { ...booking, bookingId: 'b2', method: 'card' }))
})

test('no hold is paid for that is not there, or over', async () => {
  await given(show, scheduled).when(pay).thenRejected('hold-unknown')
  await given(show, scheduled, eves).when(pay, { nowMs: 600_000 }).thenRejected('hold-expired', { untilMs: 600_000 })
  await given(show, scheduled, eves, released).when(pay).thenRejected('hold-expired')
})

test('what is paid is booked', async () => {
  const confirmed = given(show, scheduled, eves, started).when(paid)
  await confirmed.thenEvents(event('BookingConfirmed', { ...booking, isPaid: true }))
  await confirmed.thenTimers(cancel('h1'))
})

test('paid when the hold was over, the seats are kept where they are free', () =>
  given(show, scheduled, eves, started, released)
    .when(paid, { nowMs: 700_000 })
    .thenEvents(
      event('SeatsHeld', { holdId: 'b1', customerId: 'eve', seats: pair, untilMs: 700_000, adjacent: true }),
      event('BookingConfirmed', { ...booking, holdId: 'b1', isPaid: true }),
    ))

test('paid when somebody else had one of the seats, the money is to go back', () =>
  given(show, scheduled, eves, started, released, held('h2', 'adam', 'A-1-2'))
    .when(paid)
    .thenEvents(event('PaidTooLate', { bookingId: 'b1', holdId: 'h1', customerId: 'eve', totalCents: 9_000 })))

test('paid when one has as many seats as one may by now, the money is to go back', () =>
  given(show, scheduled, eves, started, released, held('h2', 'eve', 'A-1-3', 'A-1-4', 'A-1-1'))
    .when(paid)
    .thenEvents(event('PaidTooLate', { bookingId: 'b1', holdId: 'h1', customerId: 'eve', totalCents: 9_000 })))

test('a payment that nobody waits for changes nothing', async () => {
  await given(show, scheduled, eves).when(paid).thenNothing()
  await given(show, scheduled, eves, started, event('BookingConfirmed', { ...booking, isPaid: true }))
    .when(paid)
    .thenNothing()
  await given(show, scheduled, eves)
    .when(command('EndCheckout', { showId, holdId: 'h1', bookingId: 'b1' }))
    .thenNothing()
})

test('a paid booking that is cancelled says that it was paid', () =>
  given(show, scheduled, eves, started, event('BookingConfirmed', { ...booking, isPaid: true }))
    .when(command('CancelBooking', { showId, bookingId: 'b1' }))
    .thenEvents(event('BookingCancelled', { bookingId: 'b1', customerId: 'eve', seats: pair, totalCents: 9_000, isPaid: true })))

// -- the waiting list

const full = held('h1', 'eve', 'A-1-1', 'A-1-2', 'A-1-3', 'A-1-4')
const all = event('HoldReleased', { holdId: 'h1', customerId: 'eve', seats: ['A-1-1', 'A-1-2', 'A-1-3', 'A-1-4'], reason: 'released' })
const join = (waiterId: string, customerId: string, quantity: number, section?: string) =>
  command('JoinWaitingList', { showId, waiterId, customerId, quantity, ...(section !== undefined && { section }) })
const joined = (waiterId: string, customerId: string, quantity: number) => event('WaitingListJoined', { waiterId, customerId, quantity })
const offer = schedule(7, command('OfferSeats', { showId }), { name: ':offer' })

test('whoever finds no seats can wait for some', async () => {
  await given(show, scheduled, full)
    .when(join('w1', 'adam', 2))
    .thenEvents(joined('w1', 'adam', 2))
  await given(show, scheduled, full)
    .when(join('w1', 'adam', 2, 'A'))
    .thenEvents(event('WaitingListJoined', { waiterId: 'w1', customerId: 'adam', quantity: 2, section: 'A' }))
  await given(show)
    .when(join('w1', 'adam', 2))
    .thenRejected('show-unknown')
  await given(show, scheduled)
    .when(join('w1', 'adam', 2))
    .thenRejected('seats-free')
  await given(show, scheduled, full)
    .when(join('w1', 'adam', 2, 'Z'))
    .thenRejected('section-unknown', { section: 'Z' })
  await given(show, scheduled, full)
    .when(join('w1', 'eve', 1))
    .thenRejected('limit-reached', { limit: 4, have: 4 })
  await given(show, scheduled, full)
    .when(join('h1', 'adam', 1))
    .thenRejected('waiter-exists')
  await given(show, scheduled, full, joined('w1', 'adam', 2))
    .when(join('w1', 'seth', 1))
    .thenRejected('waiter-exists')
  await given(show, scheduled, full, joined('w1', 'adam', 2))
    .when(join('w2', 'adam', 1))
    .thenRejected('waiting-already')
})

test('one can stop waiting', async () => {
  const leave = command('LeaveWaitingList', { showId, waiterId: 'w1' })
  await given(show, scheduled, full, joined('w1', 'adam', 2))
    .when(leave)
    .thenEvents(event('WaitingListLeft', { waiterId: 'w1' }))
  await given(show, scheduled, full).when(leave).thenRejected('waiter-unknown')
})

test('seats that are given back are offered, in a decision of its own', async () => {
  const waiting = given(show, scheduled, full, joined('w1', 'adam', 2))
  await waiting.when(command('ReleaseHold', { showId, holdId: 'h1' }), { nowMs: 7 }).thenTimers(cancel('h1'), offer)
  await given(show, scheduled, full, joined('w1', 'adam', 2))
    .when(command('ExpireHold', { showId, holdId: 'h1' }), { nowMs: 600_000 })
    .thenTimers(schedule(600_000, command('OfferSeats', { showId }), { name: ':offer' }))
  await given(show, scheduled, full)
    .when(command('ReleaseHold', { showId, holdId: 'h1' }))
    .thenTimers(cancel('h1'))
})

test('the one who has waited longest is offered seats, held for twice the time, and then the next one', async () => {
  const offered = given(show, scheduled, full, joined('w1', 'adam', 2), joined('w2', 'seth', 1), all).when(
    command('OfferSeats', { showId }),
    { nowMs: 7 },
  )
  await offered.thenEvents(
    event('SeatsHeld', {
      holdId: 'w1',
      customerId: 'adam',
      seats: ['A-1-1', 'A-1-2'],
      untilMs: 1_200_007,
      adjacent: true,
      relaxed: 'none',
      waiterId: 'w1',
    }),
  )
  await offered.thenTimers(schedule(1_200_007, command('ExpireHold', { showId, holdId: 'w1' }), { name: 'w1' }), offer)
})

test('who wants more than is free is passed over, and waits on', () =>
  given(show, scheduled, held('h1', 'eve', 'A-1-1', 'A-1-2', 'A-1-3'), joined('w1', 'adam', 2), joined('w2', 'seth', 1))
    .when(command('OfferSeats', { showId }))
    .thenEvents(
      event('SeatsHeld', {
        holdId: 'w2',
        customerId: 'seth',
        seats: ['A-1-4'],
        untilMs: 1_200_000,
        adjacent: true,
        relaxed: 'none',
        waiterId: 'w2',
      }),
    ))

test('nothing is offered where nobody waits any more', () =>
  given(show, scheduled, full, joined('w1', 'adam', 2), event('WaitingListLeft', { waiterId: 'w1' }), all)
    .when(command('OfferSeats', { showId }))
    .thenNothing())
