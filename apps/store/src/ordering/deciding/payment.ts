/** Attempts to pay. Whatever the provider says, and whenever it does, captured money ends in goods or in a refund. */
import { cancel, event, reject, type DecideContext } from '@millrace/core'
import type { DataOf } from '../order-commands.ts'
import type { OrderState } from '../order-state.ts'
import { PAYMENT_TIMER } from './placing.ts'

export const paymentDecisions = {
  RetryPayment: ({ paymentMethod }: DataOf<'RetryPayment'>, state: OrderState, { nowMs }: DecideContext) => {
    if (state.status === 'none') return reject('order-unknown')
    if (state.status === 'cancelled') return reject('order-cancelled', { ...state.ended })
    if (state.status !== 'pending') return reject('already-paid')
    const latest = state.attempts.at(-1)
    // The timer may be late; the deadline is not.
    if (nowMs >= state.payUntilMs) return reject('order-cancelled', { by: 'system', reason: 'payment-expired' })
    if (latest === undefined || latest.status === 'requested') return reject('payment-pending')
    return [event('PaymentRequested', { attempt: state.attempts.length + 1, amountCents: state.totalCents, method: paymentMethod })]
  },

  RecordPayment: ({ attempt, amountCents }: DataOf<'RecordPayment'>, state: OrderState) => {
    if (state.attempts[attempt - 1]?.status !== 'requested') return []
    const captured = event('PaymentCaptured', { attempt, amountCents })
    if (state.status === 'pending') return [captured, event('OrderConfirmed', {}), cancel(PAYMENT_TIMER)]
    const reason = state.status === 'cancelled' ? ('paid-too-late' as const) : ('paid-twice' as const)
    return [captured, event('RefundRequested', { refundId: `attempt-${attempt}`, attempt, amountCents, reason })]
  },

  RecordDecline: ({ attempt, reason }: DataOf<'RecordDecline'>, { attempts }: OrderState) =>
    attempts[attempt - 1]?.status === 'requested' ? [event('PaymentDeclined', { attempt, reason })] : [],

  RecordNoAnswer: ({ attempt, reason }: DataOf<'RecordNoAnswer'>, { attempts }: OrderState) =>
    attempts[attempt - 1]?.status === 'requested' ? [event('PaymentUnresolved', { attempt, reason })] : [],

  RecordVoid: ({ attempt, wasCaptured }: DataOf<'RecordVoid'>, { attempts }: OrderState) =>
    attempts[attempt - 1]?.status === 'unresolved' ? [event('PaymentVoided', { attempt, wasCaptured })] : [],
}
