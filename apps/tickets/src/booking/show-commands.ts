import { z } from 'zod'
import { bookingId, customerId, holdId, showId, waiterId } from './ids.ts'
import { scheduleShow } from './schedule-show.ts'
import { seats } from './seat.ts'

export const showCommands = {
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
  /** At the box office, where it is paid for in cash. */
  ConfirmBooking: z.strictObject({ showId, holdId, bookingId }),
  /** Pays for a hold. `method` is what the customer pays with. */
  Checkout: z.strictObject({ showId, holdId, bookingId, method: z.string().regex(/^[a-z][a-z0-9-]{0,39}$/) }),
  /** The money is there. */
  ConfirmPaid: z.strictObject({
    showId,
    holdId,
    bookingId,
    customerId,
    seats: z.array(z.string()),
    totalCents: z.int().min(0),
  }),
  EndCheckout: z.strictObject({ showId, holdId, bookingId }),
  CancelBooking: z.strictObject({ showId, bookingId }),
  JoinWaitingList: z.strictObject({
    showId,
    waiterId,
    customerId,
    quantity: z.int().min(1).max(20),
    section: z.string().max(8).optional(),
  }),
  LeaveWaitingList: z.strictObject({ showId, waiterId }),
  /** Seats were given back while people wait for some. */
  OfferSeats: z.strictObject({ showId }),
  BlockSeats: z.strictObject({ showId, seats: seats(2_000), reason: z.string().trim().min(1).max(200) }),
  UnblockSeats: z.strictObject({ showId, seats: seats(2_000) }),
}

type Commands = typeof showCommands
export type DataOf<Name extends keyof Commands> = z.output<Commands[Name]>
