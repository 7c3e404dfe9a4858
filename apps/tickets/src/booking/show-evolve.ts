import type { z } from 'zod'
import { BLOCKED, createHall, FREE, HELD, setStatus, SOLD } from './hall.ts'
import type { showEvents } from './show-events.ts'
import { endHold, release, setPaying, type ShowState } from './show-state.ts'

type Events = typeof showEvents
type Evolve = { readonly [Type in keyof Events]: (state: ShowState, data: z.output<Events[Type]>) => ShowState }

export const showEvolve = {
  ShowScheduled: (state, { sections, maxSeatsPerCustomer, holdMs }) => ({
    ...state,
    terms: { maxSeatsPerCustomer, holdMs },
    hall: createHall(sections),
  }),

  SeatsHeld: (state, { holdId, customerId, seats, untilMs, waiterId }) => {
    state.holds.set(holdId, { customerId, seats, untilMs, isExtended: false, paying: undefined })
    if (waiterId !== undefined) state.waiting.delete(waiterId)
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
  BookingConfirmed: (state, { bookingId, holdId, customerId, seats, totalCents, isPaid = false }) => {
    endHold(state, holdId, 'confirmed')
    state.checkouts.delete(bookingId)
    state.bookings.set(bookingId, { customerId, seats, totalCents, isPaid, isCancelled: false })
    setStatus(state.hall, seats, SOLD)
    return state
  },
  BookingCancelled: (state, { bookingId, customerId, seats, totalCents, isPaid = false }) => {
    // Its id stays taken: a booking's number means one booking for ever.
    state.bookings.set(bookingId, { customerId, seats: [], totalCents, isPaid, isCancelled: true })
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

  CheckoutStarted: (state, { bookingId, holdId }) => {
    state.checkouts.add(bookingId)
    return setPaying(state, holdId, bookingId)
  },
  CheckoutEnded: (state, { bookingId, holdId }) => {
    state.checkouts.delete(bookingId)
    return setPaying(state, holdId, undefined)
  },
  PaidTooLate: (state, { bookingId }) => {
    state.checkouts.delete(bookingId)
    return state
  },

  WaitingListJoined: (state, { waiterId, customerId, quantity, section }) => {
    state.waiting.set(waiterId, { customerId, quantity, section })
    return state
  },
  WaitingListLeft: (state, { waiterId }) => {
    state.waiting.delete(waiterId)
    return state
  },
} satisfies Evolve
