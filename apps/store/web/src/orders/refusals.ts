import type { Receipt } from '../api/client.ts'

type Refused = Receipt & { readonly outcome: 'rejected' }

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
const count = (value: unknown): number => (typeof value === 'number' ? value : 0)

/** Why a command was refused, to whoever sent it. Names who was quicker where that is known. */
export function refusalWords({ code, details }: Refused): string {
  const by = text(details['by'])
  const who =
    by === undefined ? 'Somebody' : by === 'customer' ? 'The customer' : by === 'system' ? 'The shop' : by === 'staff' ? 'Staff' : by
  switch (code) {
    case 'order-packed':
      return `${who} has packed it already, so it cannot be cancelled any more. You can send it back when it has come.`
    case 'order-cancelled':
      return details['reason'] === 'payment-expired' ? 'The time to pay is over: the order has ended.' : `${who} has cancelled this order.`
    case 'nothing-to-pack':
      return `${who} has packed it already.`
    case 'parcel-shipped':
      return `${who} has shipped this parcel already.`
    case 'parcel-delivered':
      return 'This parcel was noted as delivered already.'
    case 'order-not-confirmed':
      return 'This order is not paid yet.'
    case 'payment-pending':
      return 'A payment is on its way. Please wait for it.'
    case 'already-paid':
      return 'It is paid already.'
    case 'more-than-ordered':
      return `That is more than what is left (${count(details['left'])}).`
    case 'more-than-paid':
      return 'That is more than what was paid and not given back.'
    case 'not-paid':
      return 'Nothing was paid, so nothing can be given back.'
    case 'return-unknown':
      return 'This return came in already.'
    case 'refund-unknown':
      return 'This refund is on its way again.'
    case 'below-reserved':
      return `Orders are promised ${count(details['reserved'])} of it.`
    default:
      return `That is not possible now (${code}).`
  }
}
