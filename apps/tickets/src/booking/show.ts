/** A show: who may have which of its seats. Every decision about a seat is made here, by one writer, one after another. */
import { aggregate, cancel, command, event, reject, schedule } from '@millrace/core'
import { z } from 'zod'
import { bestAvailable, RELAXED } from './best-available.ts'
import { BLOCKED, createHall, FREE, HELD, priceOf, setStatus, SOLD, statusOf } from './hall.ts'
import { bookingId, customerId, holdId, showId } from './ids.ts'
import { isAdjacent, seats } from './seat.ts'
import { scheduleShow } from './schedule-show.ts'
import { endHold, noShow, release, type ShowState } from './show-state.ts'

// Stored for ever: new fields are optional, types are never renamed.
const events = {
  ShowScheduled: z.object({
    showId: z.string(),
    title: z.string(),
    venue: z.string(),
    startsAt: z.string(),
    sections: z.array(z.object({ id: z.string(), name: z.string(), priceCents: z.number(), rows: z.number(), seatsPerRow: z.number() })),
    maxSeatsPerCustomer: z.number(),
    holdMs: z.number(),
  }),
  SeatsHeld: z.object({
    holdId: z.string(),
    customerId: z.string(),
    seats: z.array(z.string()),
    untilMs: z.number(),
    /** All side by side in one row. */
    adjacent: z.boolean(),
    /** What best-available had to give up; absent where the customer chose the seats. */
    relaxed: z.enum(RELAXED).optional(),
  }),
  HoldExtended: z.object({ holdId: z.string(), untilMs: z.number() }),
  HoldReleased: z.object({
    holdId: z.string(),
    customerId: z.string(),
    seats: z.array(z.string()),
    reason: z.enum(['released', 'expired']),
  }),
  BookingConfirmed: z.object({
    bookingId: z.string(),
    holdId: z.string(),
    customerId: z.string(),
    seats: z.array(z.string()),
    totalCents: z.number(),
  }),
  BookingCancelled: z.object({ bookingId: z.string(), customerId: z.string(), seats: z.array(z.string()), totalCents: z.number() }),
  SeatsBlocked: z.object({ seats: z.array(z.string()), reason: z.string() }),
  SeatsUnblocked: z.object({ seats: z.array(z.string()) }),
}

const commands = {
  ScheduleShow: scheduleShow,
  HoldSeats: z.strictObject({ showId, holdId, customerId, seats: seats(50) }),
  HoldBestAvailable: z.strictObject({
    showId,
    holdId,
    customerId,
    quantity: z.int().min(1).max(20),
    section: z.string().max(8).optional(),
  }),
  ExtendHold: z.strictObject({ showId, holdId }),
  ReleaseHold: z.strictObject({ showId, holdId }),
  ExpireHold: z.strictObject({ showId, holdId }),
  ConfirmBooking: z.strictObject({ showId, holdId, bookingId }),
  CancelBooking: z.strictObject({ showId, bookingId }),
  BlockSeats: z.strictObject({ showId, seats: seats(2_000), reason: z.string().trim().min(1).max(200) }),
  UnblockSeats: z.strictObject({ showId, seats: seats(2_000) }),
}

export const show = aggregate('show', {
  commands,
  events,
  rejections: {
    'show-exists': 'A show of that id is scheduled already.',
    'show-unknown': 'There is no such show.',
    'section-unknown': 'The show has no such section.',
    'seat-unknown': 'The show has no such seat.',
    'seat-taken': 'At least one of the seats is held, sold or blocked: none was taken.',
    'seat-not-blocked': 'At least one of the seats is not blocked: none was given back.',
    'sold-out': 'Fewer seats than that are free.',
    'limit-reached': 'The customer would have more seats than one customer may have.',
    'hold-exists': 'A hold of that id exists or existed.',
    'hold-unknown': 'There is no such hold, or it is over.',
    'hold-expired': 'The time of the hold is over.',
    'extension-used': 'The hold has been extended once, and cannot be again.',
    'booking-exists': 'A booking of that id exists.',
    'booking-unknown': 'There is no such booking, or it is cancelled.',
  },
  internal: ['ExpireHold'],
  key: (data) => data.showId,
  initialState: noShow,

  decide: {
    ScheduleShow: (data, { terms }) => (terms === undefined ? [event('ShowScheduled', data)] : reject('show-exists')),

    HoldSeats: ({ showId, holdId, customerId, seats }, state, { nowMs }) => {
      if (state.terms === undefined) return reject('show-unknown')
      if (isKnownHold(state, holdId)) return reject('hold-exists')
      const unknown = seats.find((seat) => statusOf(state.hall, seat) === undefined)
      if (unknown !== undefined) return reject('seat-unknown', { seat: unknown })
      const taken = seats.filter((seat) => statusOf(state.hall, seat) !== FREE)
      if (taken[0] !== undefined) return reject('seat-taken', { seat: taken[0], seats: taken })
      const have = state.seatsOf.get(customerId) ?? 0
      if (have + seats.length > state.terms.maxSeatsPerCustomer)
        return reject('limit-reached', { limit: state.terms.maxSeatsPerCustomer, have })
      const untilMs = nowMs + state.terms.holdMs
      return [event('SeatsHeld', { holdId, customerId, seats, untilMs, adjacent: isAdjacent(seats) }), expiry(showId, holdId, untilMs)]
    },

    HoldBestAvailable: ({ showId, holdId, customerId, quantity, section: sectionId }, state, { nowMs }) => {
      if (state.terms === undefined) return reject('show-unknown')
      if (isKnownHold(state, holdId)) return reject('hold-exists')
      const section = sectionId === undefined ? undefined : state.hall.byId.get(sectionId)
      if (sectionId !== undefined && section === undefined) return reject('section-unknown', { section: sectionId })
      const have = state.seatsOf.get(customerId) ?? 0
      if (have + quantity > state.terms.maxSeatsPerCustomer)
        return reject('limit-reached', { limit: state.terms.maxSeatsPerCustomer, have })
      const best = bestAvailable(state.hall, quantity, section)
      if (best === undefined) return reject('sold-out', { free: (section ?? state.hall).free })
      const { seats, relaxed } = best
      const untilMs = nowMs + state.terms.holdMs
      return [
        event('SeatsHeld', { holdId, customerId, seats, untilMs, adjacent: isAdjacent(seats), relaxed }),
        expiry(showId, holdId, untilMs),
      ]
    },

    ExtendHold: ({ showId, holdId }, state, { nowMs }) => {
      const hold = state.holds.get(holdId)
      if (hold === undefined || state.terms === undefined) return noHold(state, holdId)
      if (nowMs >= hold.untilMs) return reject('hold-expired', { untilMs: hold.untilMs })
      if (hold.isExtended) return reject('extension-used')
      const untilMs = nowMs + state.terms.holdMs
      return [event('HoldExtended', { holdId, untilMs }), expiry(showId, holdId, untilMs)]
    },

    ReleaseHold: ({ holdId }, { holds }) => {
      const hold = holds.get(holdId)
      if (hold === undefined) return reject('hold-unknown')
      const { customerId, seats } = hold
      return [event('HoldReleased', { holdId, customerId, seats, reason: 'released' }), cancel(holdId)]
    },

    ExpireHold: ({ holdId }, { holds }, { nowMs }) => {
      const hold = holds.get(holdId)
      if (hold === undefined || nowMs < hold.untilMs) return []
      const { customerId, seats } = hold
      return [event('HoldReleased', { holdId, customerId, seats, reason: 'expired' })]
    },

    ConfirmBooking: ({ holdId, bookingId }, state, { nowMs }) => {
      if (state.bookings.has(bookingId)) return reject('booking-exists')
      const hold = state.holds.get(holdId)
      if (hold === undefined) return noHold(state, holdId)
      // The timer may be late; the deadline is not.
      if (nowMs >= hold.untilMs) return reject('hold-expired', { untilMs: hold.untilMs })
      const { customerId, seats } = hold
      return [event('BookingConfirmed', { bookingId, holdId, customerId, seats, totalCents: priceOf(state.hall, seats) }), cancel(holdId)]
    },

    CancelBooking: ({ bookingId }, { bookings }) => {
      const booking = bookings.get(bookingId)
      if (booking === undefined || booking.isCancelled) return reject('booking-unknown')
      const { customerId, seats, totalCents } = booking
      return [event('BookingCancelled', { bookingId, customerId, seats, totalCents })]
    },

    BlockSeats: ({ seats, reason }, { terms, hall }) => {
      if (terms === undefined) return reject('show-unknown')
      const unknown = seats.find((seat) => statusOf(hall, seat) === undefined)
      if (unknown !== undefined) return reject('seat-unknown', { seat: unknown })
      const taken = seats.filter((seat) => statusOf(hall, seat) !== FREE)
      return taken[0] === undefined ? [event('SeatsBlocked', { seats, reason })] : reject('seat-taken', { seat: taken[0], seats: taken })
    },

    UnblockSeats: ({ seats }, { terms, hall }) => {
      if (terms === undefined) return reject('show-unknown')
      const others = seats.filter((seat) => statusOf(hall, seat) !== BLOCKED)
      return others[0] === undefined ? [event('SeatsUnblocked', { seats })] : reject('seat-not-blocked', { seat: others[0], seats: others })
    },
  },

  evolve: {
    ShowScheduled: (state, { sections, maxSeatsPerCustomer, holdMs }) => ({
      ...state,
      terms: { maxSeatsPerCustomer, holdMs },
      hall: createHall(sections),
    }),

    SeatsHeld: (state, { holdId, customerId, seats, untilMs }) => {
      state.holds.set(holdId, { customerId, seats, untilMs, isExtended: false })
      state.seatsOf.set(customerId, (state.seatsOf.get(customerId) ?? 0) + seats.length)
      setStatus(state.hall, seats, HELD)
      return state
    },
    HoldExtended: (state, { holdId, untilMs }) => {
      const hold = state.holds.get(holdId)
      if (hold !== undefined) state.holds.set(holdId, { ...hold, untilMs, isExtended: true })
      return state
    },
    HoldReleased: (state, { holdId, customerId, seats, reason }) => {
      endHold(state, holdId, reason)
      return release(state, customerId, seats)
    },
    BookingConfirmed: (state, { bookingId, holdId, customerId, seats, totalCents }) => {
      endHold(state, holdId, 'confirmed')
      state.bookings.set(bookingId, { customerId, seats, totalCents, isCancelled: false })
      setStatus(state.hall, seats, SOLD)
      return state
    },
    BookingCancelled: (state, { bookingId, customerId, seats, totalCents }) => {
      // Its id stays taken: a booking's number means one booking for ever.
      state.bookings.set(bookingId, { customerId, seats: [], totalCents, isCancelled: true })
      return release(state, customerId, seats)
    },
    SeatsBlocked: (state, { seats }) => {
      setStatus(state.hall, seats, BLOCKED)
      return state
    },
    SeatsUnblocked: (state, { seats }) => {
      setStatus(state.hall, seats, FREE)
      return state
    },
  },
})

/** One timer for each hold, named after it: set again, it replaces the one before. */
const expiry = (showId: string, holdId: string, untilMs: number) =>
  schedule(untilMs, command('ExpireHold', { showId, holdId }), { name: holdId })

const isKnownHold = ({ holds, endedHolds }: ShowState, holdId: string): boolean => holds.has(holdId) || endedHolds.has(holdId)

const noHold = ({ endedHolds }: ShowState, holdId: string) => reject(endedHolds.get(holdId) === 'expired' ? 'hold-expired' : 'hold-unknown')
