/** Seats held for a while, chosen by the customer or for them. */
import { cancel, event, reject, type DecideContext } from '@millrace/core'
import { bestAvailable } from '../best-available.ts'
import { FREE, statusOf } from '../hall.ts'
import { isAdjacent } from '../seat.ts'
import type { DataOf } from '../show-commands.ts'
import type { ShowState } from '../show-state.ts'
import { expiry, isKnownHold, noHold } from './holds.ts'
import { offering } from './waiting.ts'

export const holdingDecisions = {
  ScheduleShow: (data: DataOf<'ScheduleShow'>, { terms }: ShowState) =>
    terms === undefined ? [event('ShowScheduled', data)] : reject('show-exists'),

  HoldSeats: ({ showId, holdId, customerId, seats }: DataOf<'HoldSeats'>, state: ShowState, { nowMs }: DecideContext) => {
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

  HoldBestAvailable: (
    { showId, holdId, customerId, quantity, section: sectionId }: DataOf<'HoldBestAvailable'>,
    state: ShowState,
    { nowMs }: DecideContext,
  ) => {
    if (state.terms === undefined) return reject('show-unknown')
    if (isKnownHold(state, holdId)) return reject('hold-exists')
    const section = sectionId === undefined ? undefined : state.hall.byId.get(sectionId)
    if (sectionId !== undefined && section === undefined) return reject('section-unknown', { section: sectionId })
    const have = state.seatsOf.get(customerId) ?? 0
    if (have + quantity > state.terms.maxSeatsPerCustomer) return reject('limit-reached', { limit: state.terms.maxSeatsPerCustomer, have })
    const best = bestAvailable(state.hall, quantity, section)
    if (best === undefined) return reject('sold-out', { free: (section ?? state.hall).free })
    const { seats, relaxed } = best
    const untilMs = nowMs + state.terms.holdMs
    return [
      event('SeatsHeld', { holdId, customerId, seats, untilMs, adjacent: isAdjacent(seats), relaxed }),
      expiry(showId, holdId, untilMs),
    ]
  },

  ExtendHold: ({ showId, holdId }: DataOf<'ExtendHold'>, state: ShowState, { nowMs }: DecideContext) => {
    const hold = state.holds.get(holdId)
    if (hold === undefined || state.terms === undefined) return noHold(state, holdId)
    if (nowMs >= hold.untilMs) return reject('hold-expired', { untilMs: hold.untilMs })
    if (hold.isExtended) return reject('extension-used')
    const untilMs = nowMs + state.terms.holdMs
    return [event('HoldExtended', { holdId, untilMs }), expiry(showId, holdId, untilMs)]
  },

  ReleaseHold: ({ showId, holdId }: DataOf<'ReleaseHold'>, state: ShowState, { nowMs }: DecideContext) => {
    const hold = state.holds.get(holdId)
    if (hold === undefined) return reject('hold-unknown')
    const { customerId, seats } = hold
    return [event('HoldReleased', { holdId, customerId, seats, reason: 'released' }), cancel(holdId), ...offering(state, showId, nowMs)]
  },

  ExpireHold: ({ showId, holdId }: DataOf<'ExpireHold'>, state: ShowState, { nowMs }: DecideContext) => {
    const hold = state.holds.get(holdId)
    if (hold === undefined || nowMs < hold.untilMs) return []
    const { customerId, seats } = hold
    return [event('HoldReleased', { holdId, customerId, seats, reason: 'expired' }), ...offering(state, showId, nowMs)]
  },
}
