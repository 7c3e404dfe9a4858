/** The outside effects of an order: its payments and refunds, at a provider. */
import { command, reactor } from '@millrace/core'
import type { PaymentProvider } from 'app-kit/payments'
import { order } from './order.ts'

/** One key for each attempt and each refund: asked for again, even by another event, it is still done once. */
const chargeKey = (orderId: string, attempt: number): string => `${orderId}/charge-${attempt}`
const refundKey = (orderId: string, refundId: string): string => `${orderId}/refund-${refundId}`

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** That a void does not come through, whatever is tried, is for an operator: its key is parked. */
export const createPaying = (provider: PaymentProvider) =>
  reactor('payments', {
    from: [order],
    to: [order],
    effect: { timeoutMs: 5_000, attempts: 6, firstDelayMs: 200, maxDelayMs: 10_000, concurrency: 64 },
    on: {
      PaymentRequested: async ({ attempt, amountCents, method }, { key: orderId, signal }) => {
        const answer = await provider.charge({ key: chargeKey(orderId, attempt), amountCents, method }, signal)
        return answer.status === 'approved'
          ? [command('RecordPayment', { orderId, attempt, amountCents })]
          : [command('RecordDecline', { orderId, attempt, reason: answer.reason })]
      },
      PaymentUnresolved: async ({ attempt }, { key: orderId, signal }) => {
        const { wasCaptured } = await provider.voidCharge({ key: chargeKey(orderId, attempt) }, signal)
        return [command('RecordVoid', { orderId, attempt, wasCaptured })]
      },
      RefundRequested: async ({ refundId, attempt, amountCents }, { key: orderId, signal }) => {
        await provider.refund({ key: refundKey(orderId, refundId), chargeKey: chargeKey(orderId, attempt), amountCents }, signal)
        return [command('RecordRefund', { orderId, refundId })]
      },
    },
    givenUp: {
      PaymentRequested: ({ attempt }, { key: orderId, error }) => [
        command('RecordNoAnswer', { orderId, attempt, reason: messageOf(error) }),
      ],
      RefundRequested: ({ refundId }, { key: orderId, error }) => [
        command('RecordFailedRefund', { orderId, refundId, reason: messageOf(error) }),
      ],
    },
  })
