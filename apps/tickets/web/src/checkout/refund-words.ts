import { formatMoney } from 'app-kit/web/shell/format.ts'
import type { Checkout } from '../api/contract.ts'

/** What happens with the money, and when. */
export function refundSentence(amountCents: number, refund: Checkout['refund']): string {
  const amount = formatMoney(amountCents)
  if (refund === 'made') return `${amount} has gone back to your card.`
  if (refund === 'delayed')
    return `The payment provider doesn’t answer, so the ${amount} is late. We try again by ourselves, first after a minute and at least once a day, until it is back on your card.`
  return `${amount} goes back to your card: we have asked the payment provider for it, which mostly takes seconds.`
}
