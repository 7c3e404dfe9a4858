/** The waiting list of a show: whoever has waited longest is offered what becomes free, for a while. */
import { command, event, reject, schedule, type DecideContext } from '@millrace/core'
import { bestAvailable } from '../best-available.ts'
import type { Section } from '../hall.ts'
import { isAdjacent } from '../seat.ts'
import type { DataOf } from '../show-commands.ts'
import type { ShowState } from '../show-state.ts'
import { expiry, isKnownHold } from './holds.ts'

/** An offer lasts so many times as long as a hold: who is offered seats has to notice first. */
const OFFER_HOLDS = 2
/** No hold's timer is named so: a colon is in no id. */
const OFFER_TIMER = ':offer'

/** Where people wait, what has just become free is offered to them, in a decision of its own: this one has not happened yet. */
export const offering = ({ waiting }: ShowState, showId: string, nowMs: number) =>
  waiting.size === 0 ? [] : [schedule(nowMs, command('OfferSeats', { showId }), { name: OFFER_TIMER })]

export const waitingDecisions = {
  JoinWaitingList: ({ waiterId, customerId, quantity, section }: DataOf<'JoinWaitingList'>, state: ShowState) => {
    const { terms, hall, waiting, seatsOf } = state
    if (terms === undefined) return reject('show-unknown')
    if (waiting.has(waiterId) || isKnownHold(state, waiterId)) return reject('waiter-exists')
    if (section !== undefined && !hall.byId.has(section)) return reject('section-unknown', { section })
    if ([...waiting.values()].some((waiter) => waiter.customerId === customerId)) return reject('waiting-already')
    const have = seatsOf.get(customerId) ?? 0
    if (have + quantity > terms.maxSeatsPerCustomer) return reject('limit-reached', { limit: terms.maxSeatsPerCustomer, have })
    if (bestAvailable(hall, quantity, sectionOf(state, section)) !== undefined) return reject('seats-free')
    return [event('WaitingListJoined', { waiterId, customerId, quantity, ...(section !== undefined && { section }) })]
  },

  LeaveWaitingList: ({ waiterId }: DataOf<'LeaveWaitingList'>, { waiting }: ShowState) =>
    waiting.has(waiterId) ? [event('WaitingListLeft', { waiterId })] : reject('waiter-unknown'),

  /** One offer at a time, and again as long as somebody can be offered something. Who wants more than is free is passed over. */
  OfferSeats: ({ showId }: DataOf<'OfferSeats'>, state: ShowState, { nowMs }: DecideContext) => {
    const { terms, hall, waiting, seatsOf } = state
    if (terms === undefined) return []
    for (const [waiterId, { customerId, quantity, section }] of waiting) {
      if ((seatsOf.get(customerId) ?? 0) + quantity > terms.maxSeatsPerCustomer) continue
      const best = bestAvailable(hall, quantity, sectionOf(state, section))
      if (best === undefined) continue
      const { seats, relaxed } = best
      const untilMs = nowMs + OFFER_HOLDS * terms.holdMs
      return [
        event('SeatsHeld', { holdId: waiterId, customerId, seats, untilMs, adjacent: isAdjacent(seats), relaxed, waiterId }),
        expiry(showId, waiterId, untilMs),
        ...(waiting.size > 1 ? offering(state, showId, nowMs) : []),
      ]
    }
    return []
  },
}

const sectionOf = ({ hall }: ShowState, section: string | undefined): Section | undefined =>
  section === undefined ? undefined : hall.byId.get(section)
