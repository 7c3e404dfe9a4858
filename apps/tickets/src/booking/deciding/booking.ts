/** From a hold to a booking, paid or not, and back. */
import { cancel, event, reject, type DecideContext } from '@millrace/core'
import { FREE, priceOf, statusOf } from '../hall.ts'
import { isAdjacent } from '../seat.ts'
import type { DataOf } from '../show-commands.ts'
import type { ShowState } from '../show-state.ts'
import { isKnownHold, noHold } from './holds.ts'
import { offering } from './waiting.ts'

export const bookingDecisions = {
  ConfirmBooking: ({ holdId, bookingId }: DataOf<'ConfirmBooking'>, state: ShowState, { nowMs }: DecideContext) => {
    if (isKnownBooking(state, bookingId)) return reject('booking-exists')
    const hold = state.holds.get(holdId)
    if (hold === undefined) return noHold(state, holdId)
    // The timer may be late; the deadline is not.
    if (nowMs >= hold.untilMs) return reject('hold-expired', { untilMs: hold.untilMs })
    if (hold.paying !== undefined) return reject('payment-pending')
    const { customerId, seats } = hold
    return [event('BookingConfirmed', { bookingId, holdId, customerId, seats, totalCents: priceOf(state.hall, seats) }), cancel(holdId)]
  },

  CancelBooking: ({ showId, bookingId }: DataOf<'CancelBooking'>, state: ShowState, { nowMs }: DecideContext) => {
    const booking = state.bookings.get(bookingId)
    if (booking === undefined || booking.isCancelled) return reject('booking-unknown')
    const { customerId, seats, totalCents, isPaid } = booking
    return [
      event('BookingCancelled', { bookingId, customerId, seats, totalCents, ...(isPaid && { isPaid }) }),
      ...offering(state, showId, nowMs),
    ]
  },

  /** The hold's time goes on meanwhile: what is paid in time is booked, whatever else is under way. */
  Checkout: ({ holdId, bookingId, method }: DataOf<'Checkout'>, state: ShowState, { nowMs }: DecideContext) => {
    if (isKnownBooking(state, bookingId)) return reject('booking-exists')
    const hold = state.holds.get(holdId)
    if (hold === undefined) return noHold(state, holdId)
    if (nowMs >= hold.untilMs) return reject('hold-expired', { untilMs: hold.untilMs })
    if (hold.paying !== undefined) return reject('payment-pending')
    const { customerId, seats } = hold
    return [event('CheckoutStarted', { bookingId, holdId, customerId, seats, totalCents: priceOf(state.hall, seats), method })]
  },

  EndCheckout: ({ holdId, bookingId }: DataOf<'EndCheckout'>, { checkouts }: ShowState) =>
    checkouts.has(bookingId) ? [event('CheckoutEnded', { bookingId, holdId })] : [],

  /** The money is there. Where the hold is over, the seats are kept if all are still free. */
  ConfirmPaid: (
    { holdId, bookingId, customerId, seats, totalCents }: DataOf<'ConfirmPaid'>,
    state: ShowState,
    { nowMs }: DecideContext,
  ) => {
    if (!state.checkouts.has(bookingId)) return []
    const confirmed = event('BookingConfirmed', { bookingId, holdId, customerId, seats, totalCents, isPaid: true })
    if (state.holds.has(holdId)) return [confirmed, cancel(holdId)]
    const have = state.seatsOf.get(customerId) ?? 0
    const mayHave = have + seats.length <= (state.terms?.maxSeatsPerCustomer ?? 0)
    if (!mayHave || seats.some((seat) => statusOf(state.hall, seat) !== FREE))
      return [event('PaidTooLate', { bookingId, holdId, customerId, totalCents })]
    // Held once more, for no time at all, by the booking's own id: so what is booked has always been held before.
    const again = isKnownHold(state, bookingId) ? holdId : bookingId
    return [
      event('SeatsHeld', { holdId: again, customerId, seats, untilMs: nowMs, adjacent: isAdjacent(seats) }),
      event('BookingConfirmed', { bookingId, holdId: again, customerId, seats, totalCents, isPaid: true }),
    ]
  },
}

const isKnownBooking = ({ bookings, checkouts }: ShowState, bookingId: string): boolean =>
  bookings.has(bookingId) || checkouts.has(bookingId)
