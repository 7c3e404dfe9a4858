/** The ticket shop before CQRS: one database that is read and changed alike. What its server needs of that database. */
import type { ShowPlan } from '../../../apps/tickets/src/demo/demo-shows.ts'

export interface HoldSeats {
  readonly showId: string
  readonly holdId: string
  readonly customerId: string
  readonly seats: readonly string[]
}

/** Undefined where it was done, else why not: the codes of the tickets app. */
export type Refusal = string | undefined

/** Each change is one durable transaction. What is read is JSON text, null where there is nothing. */
export interface BoxOffice extends AsyncDisposable {
  scheduleShow(plan: ShowPlan): Promise<void>
  holdSeats(hold: HoldSeats): Promise<Refusal>
  releaseHold(showId: string, holdId: string): Promise<Refusal>
  confirmBooking(showId: string, holdId: string, bookingId: string): Promise<Refusal>
  cancelBooking(showId: string, bookingId: string): Promise<Refusal>
  seatMap(showId: string): Promise<string | null>
  booking(bookingId: string): Promise<string | null>
}

/** What is in a seat's status column. */
export const FREE = 0
export const HELD = 1
export const SOLD = 2
