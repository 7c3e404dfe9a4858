/** Seats that the organiser keeps from sale. */
import { event, reject, type DecideContext } from '@millrace/core'
import { BLOCKED, FREE, statusOf } from '../hall.ts'
import type { DataOf } from '../show-commands.ts'
import type { ShowState } from '../show-state.ts'
import { offering } from './waiting.ts'

export const blockingDecisions = {
  BlockSeats: ({ seats, reason }: DataOf<'BlockSeats'>, { terms, hall }: ShowState) => {
    if (terms === undefined) return reject('show-unknown')
    const unknown = seats.find((seat) => statusOf(hall, seat) === undefined)
    if (unknown !== undefined) return reject('seat-unknown', { seat: unknown })
    const taken = seats.filter((seat) => statusOf(hall, seat) !== FREE)
    return taken[0] === undefined ? [event('SeatsBlocked', { seats, reason })] : reject('seat-taken', { seat: taken[0], seats: taken })
  },

  UnblockSeats: ({ showId, seats }: DataOf<'UnblockSeats'>, state: ShowState, { nowMs }: DecideContext) => {
    const { terms, hall } = state
    if (terms === undefined) return reject('show-unknown')
    const others = seats.filter((seat) => statusOf(hall, seat) !== BLOCKED)
    if (others[0] !== undefined) return reject('seat-not-blocked', { seat: others[0], seats: others })
    return [event('SeatsUnblocked', { seats }), ...offering(state, showId, nowMs)]
  },
}
