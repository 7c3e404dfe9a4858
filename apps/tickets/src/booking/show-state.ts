import { createHall, FREE, setStatus, type Hall } from './hall.ts'

export interface Hold {
  readonly customerId: string
  readonly seats: string[]
  readonly untilMs: number
  readonly isExtended: boolean
  /** The booking that is being paid for, where one is. */
  readonly paying: string | undefined
}

export interface Booking {
  readonly customerId: string
  /** Empty once it is cancelled. */
  readonly seats: string[]
  readonly totalCents: number
  /** By a checkout. */
  readonly isPaid: boolean
  readonly isCancelled: boolean
}

export interface Waiter {
  readonly customerId: string
  readonly quantity: number
  /** The only section wanted, where one is. */
  readonly section: string | undefined
}

export type HoldEnd = 'released' | 'expired' | 'confirmed'

/** What a show decides from. No command reads or copies more of it than its own seats, hold, booking and customer. */
export interface ShowState {
  /** Undefined until it is scheduled. */
  readonly terms: { readonly maxSeatsPerCustomer: number; readonly holdMs: number } | undefined
  readonly hall: Hall
  readonly holds: Map<string, Hold>
  /** How the latest holds ended, oldest first. */
  readonly endedHolds: Map<string, HoldEnd>
  readonly bookings: Map<string, Booking>
  /** Ids of bookings that are being paid for. */
  readonly checkouts: Set<string>
  /** Who waits for seats, the longest first. */
  readonly waiting: Map<string, Waiter>
  /** Seats held and booked, by customer. */
  readonly seatsOf: Map<string, number>
}

/** How many ended holds are remembered: enough to tell "expired" from "never existed", and bounded. */
const MAX_ENDED = 10_000

export const noShow = (): ShowState => ({
  terms: undefined,
  hall: createHall([]),
  holds: new Map(),
  endedHolds: new Map(),
  bookings: new Map(),
  checkouts: new Set(),
  waiting: new Map(),
  seatsOf: new Map(),
})

export function endHold({ holds, endedHolds }: ShowState, holdId: string, end: HoldEnd): void {
  holds.delete(holdId)
  endedHolds.set(holdId, end)
  if (endedHolds.size <= MAX_ENDED) return
  for (const oldest of endedHolds.keys()) {
    endedHolds.delete(oldest)
    return
  }
}

export function release(state: ShowState, customerId: string, seats: readonly string[]): ShowState {
  const left = (state.seatsOf.get(customerId) ?? 0) - seats.length
  if (left > 0) state.seatsOf.set(customerId, left)
  else state.seatsOf.delete(customerId)
  setStatus(state.hall, seats, FREE)
  return state
}

export function setPaying(state: ShowState, holdId: string, paying: string | undefined): ShowState {
  const hold = state.holds.get(holdId)
  if (hold !== undefined) state.holds.set(holdId, { ...hold, paying })
  return state
}
