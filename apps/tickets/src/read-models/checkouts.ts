/** How each checkout stands: what a buyer sees between paying and having a ticket, or their money back. */
import { ignore, projection } from '@millrace/core'
import { z } from 'zod'
import { bookingId, showId } from '../booking/ids.ts'
import { show } from '../booking/show.ts'
import { checkout, checkoutOf } from '../paying/checkout.ts'
import { seatsAsTheyWere } from './other-events.ts'

const checkoutResult = z.object({
  showId: z.string(),
  bookingId: z.string(),
  holdId: z.string(),
  customerId: z.string(),
  seats: z.array(z.string()),
  amountCents: z.number(),
  method: z.string(),
  startedAtMs: z.number(),
  /** Of the seats: `ended` where nothing was paid, `lost` where it was paid too late, and somebody else has one of them. */
  booking: z.enum(['open', 'ended', 'confirmed', 'lost', 'cancelled']),
  /** Paid when the hold was over; the seats were still free. */
  isLate: z.boolean().optional(),
  /** Of the money: `unresolved` is being found out, `voided` was given back or never taken. */
  payment: z.enum(['requested', 'captured', 'declined', 'unresolved', 'voided']),
  /** Why it was not taken, where it was not. */
  reason: z.string().optional(),
  refund: z.enum(['none', 'requested', 'made', 'delayed']),
})

/** What the show says, and what the payment does: their events are in different partitions, so each has a document of its own. */
const document = checkoutResult.partial()
const showPart = (showId: string, bookingId: string): string => `show/${checkoutOf(showId, bookingId)}`
const moneyPart = (process: string): string => `money/${process}`

export const checkouts = projection('checkouts', {
  from: [show, checkout.aggregate],
  document,
  on: {
    ...seatsAsTheyWere,
    ShowScheduled: ignore,
    SeatsHeld: ignore,
    HoldExtended: ignore,
    HoldReleased: ignore,
    SeatsBlocked: ignore,
    SeatsUnblocked: ignore,
    CheckoutStarted: ({ totalCents, ...about }, { key, model, timeMs }) =>
      model.put(showPart(key, about.bookingId), {
        ...about,
        showId: key,
        amountCents: totalCents,
        startedAtMs: timeMs,
        booking: 'open',
      }),
    CheckoutEnded: ({ bookingId }, { key, model }) => model.patch(showPart(key, bookingId), { booking: 'ended' }),
    BookingConfirmed: async ({ bookingId, holdId }, { key, model }) => {
      const part = showPart(key, bookingId)
      const isLate = (await model.get(part))?.holdId !== holdId
      model.patch(part, { booking: 'confirmed', ...(isLate && { isLate }) })
    },
    BookingCancelled: ({ bookingId }, { key, model }) => model.patch(showPart(key, bookingId), { booking: 'cancelled' }),
    PaidTooLate: ({ bookingId }, { key, model }) => model.patch(showPart(key, bookingId), { booking: 'lost' }),

    PaymentRequested: (_data, { key, model }) => model.put(moneyPart(key), { payment: 'requested', refund: 'none' }),
    PaymentCaptured: (_data, { key, model }) => model.patch(moneyPart(key), { payment: 'captured' }),
    PaymentDeclined: ({ reason }, { key, model }) => model.patch(moneyPart(key), { payment: 'declined', reason }),
    PaymentUnresolved: ({ reason }, { key, model }) => model.patch(moneyPart(key), { payment: 'unresolved', reason }),
    PaymentVoided: (_data, { key, model }) => model.patch(moneyPart(key), { payment: 'voided' }),
    RefundRequested: (_data, { key, model }) => model.patch(moneyPart(key), { refund: 'requested' }),
    RefundMade: (_data, { key, model }) => model.patch(moneyPart(key), { refund: 'made' }),
    RefundFailed: (_data, { key, model }) => model.patch(moneyPart(key), { refund: 'delayed' }),
    'checkout.Sent': ignore,
  },
  queries: (query) => ({
    checkout: query(
      z.object({ showId, bookingId }),
      async ({ showId, bookingId }, model) => {
        const begun = await model.get(showPart(showId, bookingId))
        if (begun === undefined) return null
        const money = await model.get(moneyPart(checkoutOf(showId, bookingId)))
        return { payment: 'requested', refund: 'none', ...begun, ...money } as z.infer<typeof checkoutResult>
      },
      { result: checkoutResult.nullable() },
    ),
  }),
})
