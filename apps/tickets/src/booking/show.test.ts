import { test } from 'node:test'
import { cancel, command, event, schedule } from '@millrace/core'
import { given } from '@millrace/testing'
import { show } from './show.ts'

const showId = 'hamlet'
const plan = {
  showId,
  title: 'Hamlet',
  venue: 'Globe',
  startsAt: '2030-05-01T19:30:00Z',
  sections: [
    { id: 'A', name: 'Stalls', priceCents: 5_000, rows: 2, seatsPerRow: 6 },
    { id: 'B', name: 'Gallery', priceCents: 2_000, rows: 1, seatsPerRow: 4 },
  ],
  maxSeatsPerCustomer: 4,
  holdMs: 600_000,
}
const scheduled = event('ShowScheduled', plan)
const held = (holdId: string, customerId: string, ...seats: string[]) =>
  event('SeatsHeld', { holdId, customerId, seats, untilMs: 600_000, adjacent: true })
const confirmed = (bookingId: string, holdId: string, customerId: string, ...seats: string[]) =>
  event('BookingConfirmed', { bookingId, holdId, customerId, seats, totalCents: seats.length * 5_000 })
const hold = (...seats: string[]) => command('HoldSeats', { showId, holdId: 'h2', customerId: 'eve', seats })
const best = (quantity: number, section?: string) =>
  command('HoldBestAvailable', { showId, holdId: 'h2', customerId: 'eve', quantity, ...(section !== undefined && { section }) })
const expiry = (holdId: string, dueMs: number) => schedule(dueMs, command('ExpireHold', { showId, holdId }), { name: holdId })

test('a show is scheduled, with defaults for the limit and the time of holds', async () => {
  const { maxSeatsPerCustomer: _limit, holdMs: _time, ...short } = plan
  await given(show)
    .when(command('ScheduleShow', short))
    .thenEvents(event('ShowScheduled', { ...short, maxSeatsPerCustomer: 8, holdMs: 600_000 }))
})

test('a show is scheduled once', () => given(show, scheduled).when(command('ScheduleShow', plan)).thenRejected('show-exists'))

test('a plan that makes no sense is refused with the path of what is wrong', async () => {
  const [first] = plan.sections
  const section = { id: 'A', name: 'x', priceCents: 1, rows: 200, seatsPerRow: 200 }
  const wrong: readonly (readonly [typeof plan, string])[] = [
    [{ ...plan, startsAt: 'tomorrow' }, 'startsAt'],
    [{ ...plan, sections: [] }, 'sections'],
    [{ ...plan, sections: [first!, first!] }, 'sections.1.id'],
    [{ ...plan, sections: ['A', 'B', 'C'].map((id) => ({ ...section, id })) }, 'sections'],
    [{ ...plan, sections: [{ ...section, rows: 201 }] }, 'sections.0.rows'],
    [{ ...plan, sections: [{ ...section, id: 'A-1' }] }, 'sections.0.id'],
    [{ ...plan, showId: '__proto__' }, 'showId'],
    [{ ...plan, showId: 'a/b' }, 'showId'],
    [{ ...plan, title: 'x'.repeat(201) }, 'title'],
    [{ ...plan, holdMs: 1 }, 'holdMs'],
    [{ ...plan, ...{ tilte: 'x' } }, ''],
  ]
  for (const [data, path] of wrong) await given(show).when(command('ScheduleShow', data)).thenInvalid(path)
})

test('seats are held until the hold expires by a timer', async () => {
  const asked = given(show, scheduled).when(hold('A-1-2', 'A-1-3'), { nowMs: 1_000 })
  await asked.thenEvents(
    event('SeatsHeld', { holdId: 'h2', customerId: 'eve', seats: ['A-1-2', 'A-1-3'], untilMs: 601_000, adjacent: true }),
  )
  await asked.thenTimers(expiry('h2', 601_000))
})

test('seats apart from each other are said to be so', () =>
  given(show, scheduled)
    .when(hold('A-1-2', 'A-2-3'))
    .thenEvents(event('SeatsHeld', { holdId: 'h2', customerId: 'eve', seats: ['A-1-2', 'A-2-3'], untilMs: 600_000, adjacent: false })))

test('a group is all or nothing, and all taken seats are named', () =>
  given(show, scheduled, held('h1', 'adam', 'A-1-2'), event('SeatsBlocked', { seats: ['A-1-4'], reason: 'camera' }))
    .when(hold('A-1-1', 'A-1-2', 'A-1-4'))
    .thenRejected('seat-taken', { seat: 'A-1-2', seats: ['A-1-2', 'A-1-4'] }))

for (const [name, wanted, code, details] of [
  ['of a show that is not there', given(show).when(hold('A-1-1')), 'show-unknown', {}],
  ['under an id that is in use', given(show, scheduled, held('h2', 'adam', 'A-1-1')).when(hold('A-1-2')), 'hold-exists', {}],
  ['in a row that is not there', given(show, scheduled).when(hold('A-1-1', 'A-3-1')), 'seat-unknown', { seat: 'A-3-1' }],
  ['in a section that is not there', given(show, scheduled).when(hold('Z-1-1')), 'seat-unknown', { seat: 'Z-1-1' }],
  [
    'of more than the limit',
    given(show, scheduled, held('h1', 'eve', 'A-1-1', 'A-1-2')).when(hold('A-2-1', 'A-2-2', 'A-2-3')),
    'limit-reached',
    { limit: 4, have: 2 },
  ],
  [
    'of more than the limit with those booked',
    given(show, scheduled, held('h1', 'eve', 'A-1-1', 'A-1-2'), confirmed('b1', 'h1', 'eve', 'A-1-1', 'A-1-2')).when(
      hold('A-2-1', 'A-2-2', 'A-2-3'),
    ),
    'limit-reached',
    { limit: 4, have: 2 },
  ],
] as const) {
  test(`no seats are held ${name}`, () => wanted.thenRejected(code, details))
}

test('what is no list of seats is refused', async () => {
  for (const [seats, path] of [
    [[], 'seats'],
    [['A-1-1', 'A-1-1'], 'seats.1'],
    [['A-01-1'], 'seats.0'],
    [['A-1'], 'seats.0'],
    [['A-1-0'], 'seats.0'],
    [['__proto__'], 'seats.0'],
    [Array.from({ length: 51 }, (_, at) => `A-1-${at + 1}`), 'seats'],
  ] as const) {
    await given(show, scheduled)
      .when(hold(...seats))
      .thenInvalid(path)
  }
})

test('the best seats are found, held and expire like others', async () => {
  const asked = given(show, scheduled).when(best(2), { nowMs: 5 })
  await asked.thenEvents(
    event('SeatsHeld', { holdId: 'h2', customerId: 'eve', seats: ['A-1-3', 'A-1-4'], untilMs: 600_005, adjacent: true, relaxed: 'none' }),
  )
  await asked.thenTimers(expiry('h2', 600_005))
})

for (const [name, wanted, code, details] of [
  ['of a show that is not there', given(show).when(best(2)), 'show-unknown', {}],
  ['of a section that is not there', given(show, scheduled).when(best(2, 'Z')), 'section-unknown', { section: 'Z' }],
  ['under an id that is in use', given(show, scheduled, held('h2', 'adam', 'A-1-1')).when(best(2)), 'hold-exists', {}],
  ['of more than the limit', given(show, scheduled).when(best(5)), 'limit-reached', { limit: 4, have: 0 }],
  ['where too few are free', given(show, scheduled, held('h1', 'adam', 'B-1-1', 'B-1-2')).when(best(3, 'B')), 'sold-out', { free: 2 }],
] as const) {
  test(`no best seats are held ${name}`, () => wanted.thenRejected(code, details))
}
test('nobody is given no seats, or more than twenty', async () => {
  for (const quantity of [0, 21, 1.5]) await given(show, scheduled).when(best(quantity)).thenInvalid('quantity')
})

const one = [scheduled, held('h1', 'adam', 'A-1-1', 'A-1-2')] as const

test('a hold is extended from now, once, and its timer is set anew', async () => {
  const asked = given(show, ...one).when(command('ExtendHold', { showId, holdId: 'h1' }), { nowMs: 599_999 })
  await asked.thenEvents(event('HoldExtended', { holdId: 'h1', untilMs: 1_199_999 }))
  await asked.thenTimers(expiry('h1', 1_199_999))
  await given(show, ...one, event('HoldExtended', { holdId: 'h1', untilMs: 1_199_999 }))
    .when(command('ExtendHold', { showId, holdId: 'h1' }), { nowMs: 600_000 })
    .thenRejected('extension-used')
})
test('a hold that is over is not extended, be the timer late or not', async () => {
  const extend = command('ExtendHold', { showId, holdId: 'h1' })
  await given(show, ...one)
    .when(extend, { nowMs: 600_000 })
    .thenRejected('hold-expired', { untilMs: 600_000 })
  const expired = event('HoldReleased', { holdId: 'h1', customerId: 'adam', seats: ['A-1-1', 'A-1-2'], reason: 'expired' })
  await given(show, ...one, expired)
    .when(extend, { nowMs: 600_000 })
    .thenRejected('hold-expired')
  await given(show, scheduled).when(extend).thenRejected('hold-unknown')
})

test('a hold that is released gives its seats back, and its timer is taken back', async () => {
  const asked = given(show, ...one).when(command('ReleaseHold', { showId, holdId: 'h1' }))
  const released = event('HoldReleased', { holdId: 'h1', customerId: 'adam', seats: ['A-1-1', 'A-1-2'], reason: 'released' })
  await asked.thenEvents(released)
  await asked.thenTimers(cancel('h1'))
  await given(show, ...one, released)
    .when(hold('A-1-1', 'A-1-2'))
    .thenEvents(held('h2', 'eve', 'A-1-1', 'A-1-2'))
  await given(show, ...one, released)
    .when(command('ReleaseHold', { showId, holdId: 'h1' }))
    .thenRejected('hold-unknown')
})

test('a hold expires when its time is over, not before, and not after its end', async () => {
  const expire = command('ExpireHold', { showId, holdId: 'h1' })
  await given(show, ...one)
    .when(expire, { nowMs: 600_000 })
    .thenEvents(event('HoldReleased', { holdId: 'h1', customerId: 'adam', seats: ['A-1-1', 'A-1-2'], reason: 'expired' }))
  await given(show, ...one)
    .when(expire, { nowMs: 599_999 })
    .thenNothing()
  await given(show, ...one, confirmed('b1', 'h1', 'adam', 'A-1-1', 'A-1-2'))
    .when(expire, { nowMs: 600_000 })
    .thenNothing()
})

test('a hold is confirmed at the price of its seats, and its timer is taken back', async () => {
  const asked = given(show, scheduled, held('h1', 'adam', 'A-1-1', 'B-1-1')).when(
    command('ConfirmBooking', { showId, holdId: 'h1', bookingId: 'b1' }),
    { nowMs: 599_999 },
  )
  await asked.thenEvents(
    event('BookingConfirmed', { bookingId: 'b1', holdId: 'h1', customerId: 'adam', seats: ['A-1-1', 'B-1-1'], totalCents: 7_000 }),
  )
  await asked.thenTimers(cancel('h1'))
})

const booked = [...one, confirmed('b1', 'h1', 'adam', 'A-1-1', 'A-1-2')] as const
const confirm = (holdId: string, bookingId: string) => command('ConfirmBooking', { showId, holdId, bookingId })

test('a hold is not confirmed once its time is over, although its timer has not fired', () =>
  given(show, ...one)
    .when(confirm('h1', 'b1'), { nowMs: 600_000 })
    .thenRejected('hold-expired', { untilMs: 600_000 }))
test('a hold that has expired is not confirmed, and said to have expired', () =>
  given(show, ...one, event('HoldReleased', { holdId: 'h1', customerId: 'adam', seats: ['A-1-1', 'A-1-2'], reason: 'expired' }))
    .when(confirm('h1', 'b1'))
    .thenRejected('hold-expired'))
test('a hold that was never there is not confirmed', () => given(show, scheduled).when(confirm('h1', 'b1')).thenRejected('hold-unknown'))
test('a hold is confirmed once', () =>
  given(show, ...booked)
    .when(confirm('h1', 'b2'))
    .thenRejected('hold-unknown'))
test('a booking id is used once, even after it is cancelled', async () => {
  const next = [...booked, held('h2', 'eve', 'A-2-1')] as const
  await given(show, ...next)
    .when(confirm('h2', 'b1'))
    .thenRejected('booking-exists')
  const cancelled = event('BookingCancelled', { bookingId: 'b1', customerId: 'adam', seats: ['A-1-1', 'A-1-2'], totalCents: 10_000 })
  await given(show, ...next, cancelled)
    .when(confirm('h2', 'b1'))
    .thenRejected('booking-exists')
})

test('a booking that is cancelled gives its seats back to everybody, and to the limit of its customer', async () => {
  const cancelBooking = command('CancelBooking', { showId, bookingId: 'b1' })
  const cancelled = event('BookingCancelled', { bookingId: 'b1', customerId: 'adam', seats: ['A-1-1', 'A-1-2'], totalCents: 10_000 })
  await given(show, ...booked)
    .when(cancelBooking)
    .thenEvents(cancelled)
  await given(show, ...booked, cancelled)
    .when(command('HoldSeats', { showId, holdId: 'h3', customerId: 'adam', seats: ['A-1-1', 'A-1-2', 'A-1-3', 'A-1-4'] }))
    .thenEvents(held('h3', 'adam', 'A-1-1', 'A-1-2', 'A-1-3', 'A-1-4'))
  await given(show, ...booked, cancelled)
    .when(cancelBooking)
    .thenRejected('booking-unknown')
  await given(show).when(cancelBooking).thenRejected('booking-unknown')
})

test('seats are blocked and unblocked, all or none', async () => {
  const block = command('BlockSeats', { showId, seats: ['A-2-1', 'A-1-2'], reason: 'camera' })
  const unblock = command('UnblockSeats', { showId, seats: ['A-2-1', 'A-1-2'] })
  const blocked = event('SeatsBlocked', { seats: ['A-2-1', 'A-1-2'], reason: 'camera' })
  await given(show, scheduled).when(block).thenEvents(blocked)
  await given(show, ...one)
    .when(block)
    .thenRejected('seat-taken', { seat: 'A-1-2', seats: ['A-1-2'] })
  await given(show).when(block).thenRejected('show-unknown')
  await given(show, scheduled)
    .when(command('BlockSeats', { showId, seats: ['A-9-1'], reason: 'x' }))
    .thenRejected('seat-unknown', { seat: 'A-9-1' })
  await given(show, scheduled)
    .when(command('BlockSeats', { showId, seats: ['A-1-1'], reason: ' ' }))
    .thenInvalid('reason')
  await given(show, scheduled, blocked)
    .when(unblock)
    .thenEvents(event('SeatsUnblocked', { seats: ['A-2-1', 'A-1-2'] }))
  await given(show, ...one, event('SeatsBlocked', { seats: ['A-2-1'], reason: 'x' }))
    .when(unblock)
    .thenRejected('seat-not-blocked', { seat: 'A-1-2', seats: ['A-1-2'] })
  await given(show).when(unblock).thenRejected('show-unknown')
})
