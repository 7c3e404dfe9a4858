/** Giving back goods and money. Never more money than was captured and is still ours. */
import { event, reject } from '@millrace/core'
import type { DataOf } from '../order-commands.ts'
import { lineOf, paidBy, refundable, type OrderState } from '../order-state.ts'

/** Ids of refunds that the order itself asks for: a cancellation's, a return's, a payment's that came too late. */
const OURS = /^(cancelled$|return-|attempt-)/

export const refundDecisions = {
  RequestReturn: ({ returnId, lines, reason }: DataOf<'RequestReturn'>, state: OrderState) => {
    if (state.status === 'none') return reject('order-unknown')
    if (state.returns.has(returnId)) return reject('return-exists')
    for (const { productId, quantity } of lines) {
      const line = lineOf(state, productId)
      const left = line === undefined ? 0 : line.delivered - line.returned
      if (quantity > left) return reject('more-than-ordered', { productId, left })
    }
    return [event('ReturnRequested', { returnId, lines, reason })]
  },

  ReceiveReturn: ({ returnId, restock, staff }: DataOf<'ReceiveReturn'>, state: OrderState) => {
    const known = state.returns.get(returnId)
    const attempt = paidBy(state)
    if (known === undefined || known.isReceived || attempt === undefined) return reject('return-unknown')
    const lines = [...known.lines]
    const worthCents = lines.reduce((sum, { productId, quantity }) => sum + quantity * (lineOf(state, productId)?.priceCents ?? 0), 0)
    // Less where goodwill was shown before.
    const amountCents = Math.min(worthCents, refundable(state, attempt))
    return [
      event('ReturnReceived', { returnId, lines, restock, staff }),
      ...(amountCents > 0
        ? [event('RefundRequested', { refundId: `return-${returnId}`, attempt, amountCents, reason: 'goods-returned' })]
        : []),
    ]
  },

  RefundOrder: ({ refundId, amountCents }: DataOf<'RefundOrder'>, state: OrderState) => {
    if (state.status === 'none') return reject('order-unknown')
    if (state.refunds.has(refundId) || OURS.test(refundId)) return reject('refund-exists')
    const attempt = paidBy(state)
    if (attempt === undefined) return reject('not-paid')
    const leftCents = refundable(state, attempt)
    if (amountCents > leftCents) return reject('more-than-paid', { leftCents })
    return [event('RefundRequested', { refundId, attempt, amountCents, reason: 'goodwill' })]
  },

  RetryRefund: ({ refundId }: DataOf<'RetryRefund'>, state: OrderState) => {
    const failed = state.refunds.get(refundId)
    if (failed?.status !== 'failed') return reject('refund-unknown')
    const { attempt, amountCents, reason } = failed
    return [event('RefundRequested', { refundId, attempt, amountCents, reason })]
  },

  RecordRefund: ({ refundId }: DataOf<'RecordRefund'>, { refunds }: OrderState) => {
    const refund = refunds.get(refundId)
    return refund === undefined || refund.status === 'made' ? [] : [event('RefundMade', { refundId, amountCents: refund.amountCents })]
  },

  RecordFailedRefund: ({ refundId, reason }: DataOf<'RecordFailedRefund'>, { refunds }: OrderState) => {
    const refund = refunds.get(refundId)
    return refund?.status === 'requested' ? [event('RefundFailed', { refundId, amountCents: refund.amountCents, reason })] : []
  },
}
