import { test } from 'node:test'
import { event } from '@millrace/core'
import { givenProjection, happened, happenedAt } from '@millrace/testing'
import { show } from '../booking/show.ts'
import { bookings } from './bookings.ts'
import { holds } from './holds.ts'
import { sales } from './sales.ts'
import { seatMap } from './seat-map.ts'
import { shows } from './shows.ts'

const sections = [
  { id: 'A', name: 'Stalls', priceCents: 5_000, rows: 2, seatsPerRow: 5 },
  { id: 'B', name: 'Gallery', priceCents: 2_000, rows: 1, seatsPerRow: 4 },
]
const about = { title: 'Hamlet', venue: 'Globe', startsAt: '2030-05-01T19:30:00Z' }
const terms = { maxSeatsPerCustomer: 4, holdMs: 600_000 }
const scheduled = (showId: string, startsAt = about.startsAt) =>
  happened(show, showId, event('ShowScheduled', { showId, ...about, startsAt, sections, ...terms }))
const held = (holdId: string, ...seats: string[]) =>
  event('SeatsHeld', { holdId, customerId: 'eve', seats, untilMs: 600_000, adjacent: true })
const confirmed = (bookingId: string, holdId: string, totalCents: number, ...seats: string[]) =>
  event('BookingConfirmed', { bookingId, holdId, customerId: 'eve', seats, totalCents })
const cancelled = (bookingId: string, totalCents: number, ...seats: string[]) =>
  event('BookingCancelled', { bookingId, customerId: 'eve', seats, totalCents })
const released = (holdId: string, reason: 'released' | 'expired', ...seats: string[]) =>
  event('HoldReleased', { holdId, customerId: 'eve', seats, reason })

/** One of everything: A-1-1 sold, A-1-2 held, B-1-1 blocked; the others came and went. */
const history = [
  scheduled('hamlet'),
  happened(
    show,
    'hamlet',
    held('h1', 'A-1-1', 'B-1-2'),
    held('h2', 'A-1-2'),
    event('HoldExtended', { holdId: 'h2', untilMs: 900_000 }),
    held('h3', 'A-1-3'),
    released('h3', 'released', 'A-1-3'),
    held('h4', 'A-1-4'),
    released('h4', 'expired', 'A-1-4'),
    held('h5', 'A-1-5', 'B-1-3'),
    confirmed('b5', 'h5', 7_000, 'A-1-5', 'B-1-3'),
    cancelled('b5', 7_000, 'A-1-5', 'B-1-3'),
    event('SeatsBlocked', { seats: ['B-1-1', 'B-1-4'], reason: 'camera' }),
    event('SeatsUnblocked', { seats: ['B-1-4'] }),
  ),
  happenedAt(5_000, show, 'hamlet', confirmed('b1', 'h1', 7_000, 'A-1-1', 'B-1-2')),
]

test('the seat map holds what is not free', () =>
  givenProjection(seatMap, ...history).thenQuery(
    'seatMap',
    { showId: 'hamlet' },
    {
      showId: 'hamlet',
      sections,
      taken: { 'A-1-1': 'sold', 'B-1-2': 'sold', 'A-1-2': 'held', 'B-1-1': 'blocked' },
    },
  ))
test('there is no seat map of a show that is not there', () =>
  givenProjection(seatMap, ...history).thenQuery('seatMap', { showId: 'macbeth' }, null))

const row = { ...about, ...terms, capacity: 14, fromCents: 2_000, toCents: 5_000 }
test('shows come with their counts, the next one first', () =>
  givenProjection(shows, ...history, scheduled('early', '2030-05-01T19:30:00+02:00')).thenQuery('shows', {}, [
    { ...row, showId: 'early', startsAt: '2030-05-01T19:30:00+02:00', free: 14, held: 0, sold: 0, blocked: 0 },
    { ...row, showId: 'hamlet', free: 10, held: 1, sold: 2, blocked: 1 },
  ]))

test('sales are counted by section, and money given back is no revenue', () =>
  givenProjection(sales, ...history).thenQuery(
    'sales',
    { showId: 'hamlet' },
    {
      showId: 'hamlet',
      title: 'Hamlet',
      capacity: 14,
      free: 10,
      held: 1,
      sold: 2,
      blocked: 1,
      revenueCents: 7_000,
      bySection: [
        { id: 'A', name: 'Stalls', capacity: 10, sold: 1, held: 1, blocked: 0, revenueCents: 5_000 },
        { id: 'B', name: 'Gallery', capacity: 4, sold: 1, held: 0, blocked: 1, revenueCents: 2_000 },
      ],
      bookings: 2,
      cancelled: 1,
      expiredHolds: 1,
    },
  ))
test('there are no sales of a show that is not there', () => givenProjection(sales).thenQuery('sales', { showId: 'hamlet' }, null))

const hold = { showId: 'hamlet', customerId: 'eve', untilMs: 600_000, extended: false }
for (const [holdId, expected] of [
  ['h1', { ...hold, holdId: 'h1', seats: ['A-1-1', 'B-1-2'], status: 'confirmed', bookingId: 'b1' }],
  ['h2', { ...hold, holdId: 'h2', seats: ['A-1-2'], status: 'held', untilMs: 900_000, extended: true }],
  ['h3', { ...hold, holdId: 'h3', seats: ['A-1-3'], status: 'released' }],
  ['h4', { ...hold, holdId: 'h4', seats: ['A-1-4'], status: 'expired' }],
  ['h9', null],
] as const) {
  test(`hold ${holdId} is ${expected?.status ?? 'unknown'}`, () =>
    givenProjection(holds, ...history).thenQuery(
      'hold',
      { holdId },
      expected === null ? null : { ...expected, seats: [...expected.seats] },
    ))
}

const booking = {
  ...about,
  bookingId: 'b1',
  showId: 'hamlet',
  customerId: 'eve',
  seats: [
    { seat: 'A-1-1', section: 'Stalls', priceCents: 5_000 },
    { seat: 'B-1-2', section: 'Gallery', priceCents: 2_000 },
  ],
  totalCents: 7_000,
  status: 'confirmed' as const,
  confirmedAtMs: 5_000,
}
test('a booking says what a ticket needs', async () => {
  await givenProjection(bookings, ...history).thenQuery('booking', { bookingId: 'b1' }, booking)
  await givenProjection(bookings, ...history).thenQuery('booking', { bookingId: 'b9' }, null)
})
test("a customer's bookings come newest first, cancelled ones as well", async () => {
  const earlier = {
    ...booking,
    bookingId: 'b5',
    status: 'cancelled' as const,
    confirmedAtMs: 0,
    seats: [
      { ...booking.seats[0]!, seat: 'A-1-5' },
      { ...booking.seats[1]!, seat: 'B-1-3' },
    ],
  }
  await givenProjection(bookings, ...history).thenQuery('bookingsOf', { customerId: 'eve' }, [booking, earlier])
  await givenProjection(bookings, ...history).thenQuery('bookingsOf', { customerId: 'adam' }, [])
})

test('an id that another show uses later does not take the place of a booking or a hold', async () => {
  const other = [
    scheduled('aaa'),
    happenedAt(
      9_000,
      show,
      'aaa',
      event('SeatsHeld', { holdId: 'h1', customerId: 'mallory', seats: ['A-1-1'], untilMs: 1, adjacent: true }),
    ),
    happenedAt(
      9_000,
      show,
      'aaa',
      event('BookingConfirmed', { bookingId: 'b1', holdId: 'h1', customerId: 'mallory', seats: ['A-1-1'], totalCents: 1 }),
    ),
  ]
  // Shows may lie in different partitions, which are read in any order.
  for (const order of [
    [...history, ...other],
    [...other, ...history],
  ]) {
    await givenProjection(bookings, ...order).thenQuery('booking', { bookingId: 'b1' }, booking)
    await givenProjection(holds, ...order).thenQuery(
      'hold',
      { holdId: 'h1' },
      { ...hold, holdId: 'h1', seats: ['A-1-1', 'B-1-2'], status: 'confirmed', bookingId: 'b1' },
    )
  }
})
