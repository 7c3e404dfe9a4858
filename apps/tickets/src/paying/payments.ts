/** The outside effects of a checkout: its payment and its refund, at a provider. */
import { command, reactor } from '@millrace/core'
import type { PaymentProvider } from 'app-kit/payments'
import { checkout } from './checkout.ts'

/** The same however often it is asked for, and whatever event asks: one charge and one refund for each checkout. */
const chargeKey = (process: string): string => `tickets/${process}/charge`
const refundKey = (process: string): string => `tickets/${process}/refund`

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** That a void does not come through, whatever is tried, is for an operator: its key is parked. */
export const createPayments = (provider: PaymentProvider) =>
  reactor('payments', {
    from: [checkout.aggregate],
    to: [checkout.aggregate],
    effect: { timeoutMs: 5_000, attempts: 6, firstDelayMs: 200, maxDelayMs: 10_000, concurrency: 64 },
    on: {
      PaymentRequested: async ({ amountCents, method }, { key: process, signal }) => {
        const answer = await provider.charge({ key: chargeKey(process), amountCents, method }, signal)
        return answer.status === 'approved'
          ? [command('RecordPayment', { process })]
          : [command('RecordDecline', { process, reason: answer.reason })]
      },
      PaymentUnresolved: async (_data, { key: process, signal }) => {
        const { wasCaptured } = await provider.voidCharge({ key: chargeKey(process) }, signal)
        return [command('RecordVoid', { process, wasCaptured })]
      },
      RefundRequested: async ({ amountCents }, { key: process, signal }) => {
        await provider.refund({ key: refundKey(process), chargeKey: chargeKey(process), amountCents }, signal)
        return [command('RecordRefund', { process })]
      },
    },
    givenUp: {
      PaymentRequested: (_data, { key: process, error }) => [command('RecordNoAnswer', { process, reason: messageOf(error) })],
      RefundRequested: (_data, { key: process, error }) => [command('RecordFailedRefund', { process, reason: messageOf(error) })],
    },
  })
