/**
 * One payment for one hold, from the first request to the booking, or to the last refund. Told of what happens in the show
 * and at the payment provider, it decides what comes next; money that was taken ends in seats, or goes back.
 */
import { cancel, command, event, processManager, schedule, send, type ProcessDecision } from '@millrace/core'
import { z } from 'zod'
import { show } from '../booking/show.ts'

/** A refund that did not come through is tried again after so long, and after twice as long each time: 1 minute to 1 day. */
const REFUND_AGAIN_MS = [60_000, 86_400_000] as const

const process = z.string()
const REFUND_REASONS = ['paid-too-late', 'booking-cancelled'] as const

// Stored for ever: new fields are optional, types are never renamed. Money is integer cents (EUR).
const events = {
  PaymentRequested: z.object({
    showId: z.string(),
    bookingId: z.string(),
    holdId: z.string(),
    customerId: z.string(),
    seats: z.array(z.string()),
    amountCents: z.number(),
    method: z.string(),
  }),
  PaymentCaptured: z.object({ amountCents: z.number() }),
  PaymentDeclined: z.object({ reason: z.string() }),
  /** Nobody can say whether the money was taken: the provider is told to give it back, or never to take it. */
  PaymentUnresolved: z.object({ reason: z.string() }),
  PaymentVoided: z.object({ wasCaptured: z.boolean() }),
  RefundRequested: z.object({ amountCents: z.number(), reason: z.enum(REFUND_REASONS), attempt: z.number() }),
  RefundMade: z.object({ amountCents: z.number() }),
  RefundFailed: z.object({ reason: z.string(), againMs: z.number() }),
}

const commands = {
  RecordPayment: z.strictObject({ process }),
  RecordDecline: z.strictObject({ process, reason: z.string() }),
  RecordNoAnswer: z.strictObject({ process, reason: z.string() }),
  RecordVoid: z.strictObject({ process, wasCaptured: z.boolean() }),
  RecordRefund: z.strictObject({ process }),
  RecordFailedRefund: z.strictObject({ process, reason: z.string() }),
  RetryRefund: z.strictObject({ process }),
}

interface Checkout {
  readonly status: 'none' | 'requested' | 'captured' | 'declined' | 'unresolved' | 'voided' | 'refunding' | 'refunded'
  /** What it is about, from the first event on. */
  readonly showId: string
  readonly bookingId: string
  readonly holdId: string
  readonly customerId: string
  readonly seats: string[]
  readonly amountCents: number
  readonly refund: { readonly reason: (typeof REFUND_REASONS)[number]; readonly attempts: number } | undefined
}

type Next = ProcessDecision<typeof commands, typeof events, readonly [typeof show]>

/** A booking's id is unique in its show only. */
export const checkoutOf = (showId: string, bookingId: string): string => `${showId}/${bookingId}`

const refunded = (reason: (typeof REFUND_REASONS)[number], { status, amountCents }: Checkout): Next =>
  status === 'captured' ? [event('RefundRequested', { amountCents, reason, attempt: 1 })] : []

const ended = ({ showId, holdId, bookingId }: Checkout) => send(command('EndCheckout', { showId, holdId, bookingId }))

export const checkout = processManager('checkout', {
  from: [show],
  to: [show],
  of: {
    CheckoutStarted: ({ bookingId }, { key }) => checkoutOf(key, bookingId),
    PaidTooLate: ({ bookingId }, { key }) => checkoutOf(key, bookingId),
    BookingCancelled: ({ bookingId, isPaid }, { key }) => (isPaid === true ? checkoutOf(key, bookingId) : undefined),
  },
  on: {
    CheckoutStarted: ({ totalCents, ...about }, { status }, { source }) =>
      status === 'none' ? [event('PaymentRequested', { ...about, showId: source.key, amountCents: totalCents })] : [],
    PaidTooLate: (_data, state) => refunded('paid-too-late', state),
    BookingCancelled: (_data, state) => refunded('booking-cancelled', state),
  },

  commands,
  decide: {
    RecordPayment: (_data, state) => {
      const { status, showId, bookingId, holdId, customerId, seats, amountCents } = state
      if (status !== 'requested') return []
      return [
        event('PaymentCaptured', { amountCents }),
        send(command('ConfirmPaid', { showId, bookingId, holdId, customerId, seats, totalCents: amountCents })),
      ]
    },
    RecordDecline: ({ reason }, state) => (state.status === 'requested' ? [event('PaymentDeclined', { reason }), ended(state)] : []),
    RecordNoAnswer: ({ reason }, { status }) => (status === 'requested' ? [event('PaymentUnresolved', { reason })] : []),
    RecordVoid: ({ wasCaptured }, state) => (state.status === 'unresolved' ? [event('PaymentVoided', { wasCaptured }), ended(state)] : []),
    RecordRefund: (_data, { status, amountCents }) =>
      status === 'refunding' ? [event('RefundMade', { amountCents }), cancel('refund')] : [],
    RecordFailedRefund: ({ process, reason }, { status, refund }, { nowMs }) => {
      if (status !== 'refunding' || refund === undefined) return []
      const [first, most] = REFUND_AGAIN_MS
      const againMs = nowMs + Math.min(first * 2 ** (refund.attempts - 1), most)
      return [event('RefundFailed', { reason, againMs }), schedule(againMs, command('RetryRefund', { process }), { name: 'refund' })]
    },
    RetryRefund: (_data, { status, refund, amountCents }) =>
      status === 'refunding' && refund !== undefined
        ? [event('RefundRequested', { amountCents, reason: refund.reason, attempt: refund.attempts + 1 })]
        : [],
  },

  events,
  initialState: (): Checkout => ({
    status: 'none',
    showId: '',
    bookingId: '',
    holdId: '',
    customerId: '',
    seats: [],
    amountCents: 0,
    refund: undefined,
  }),
  evolve: {
    PaymentRequested: (state, { method: _, ...about }) => ({ ...state, ...about, status: 'requested' }),
    PaymentCaptured: (state) => ({ ...state, status: 'captured' }),
    PaymentDeclined: (state) => ({ ...state, status: 'declined' }),
    PaymentUnresolved: (state) => ({ ...state, status: 'unresolved' }),
    PaymentVoided: (state) => ({ ...state, status: 'voided' }),
    RefundRequested: (state, { reason, attempt }) => ({ ...state, status: 'refunding', refund: { reason, attempts: attempt } }),
    RefundMade: (state) => ({ ...state, status: 'refunded' }),
    RefundFailed: (state) => state,
  },
})
