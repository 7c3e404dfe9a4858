import { z } from 'zod'
import { RELAXED } from './best-available.ts'

// Stored for ever: new fields are optional, types are never renamed.
export const showEvents = {
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
    /** The place on the waiting list that these seats are offered to, where they are. */
    waiterId: z.string().optional(),
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
    /** Paid by a checkout; else at the box office. */
    isPaid: z.boolean().optional(),
  }),
  BookingCancelled: z.object({
    bookingId: z.string(),
    customerId: z.string(),
    seats: z.array(z.string()),
    totalCents: z.number(),
    /** Paid by a checkout: so it is given back there. */
    isPaid: z.boolean().optional(),
  }),
  /** Somebody is about to pay for a hold. Its booking will have that id. */
  CheckoutStarted: z.object({
    bookingId: z.string(),
    holdId: z.string(),
    customerId: z.string(),
    seats: z.array(z.string()),
    totalCents: z.number(),
    method: z.string(),
  }),
  /** Nothing was paid: the hold may be paid for again, as long as it lasts. */
  CheckoutEnded: z.object({ bookingId: z.string(), holdId: z.string() }),
  /** Paid when the hold was over and somebody else had one of its seats: the money is to be given back. */
  PaidTooLate: z.object({ bookingId: z.string(), holdId: z.string(), customerId: z.string(), totalCents: z.number() }),
  WaitingListJoined: z.object({ waiterId: z.string(), customerId: z.string(), quantity: z.number(), section: z.string().optional() }),
  WaitingListLeft: z.object({ waiterId: z.string() }),
  SeatsBlocked: z.object({ seats: z.array(z.string()), reason: z.string() }),
  SeatsUnblocked: z.object({ seats: z.array(z.string()) }),
}
