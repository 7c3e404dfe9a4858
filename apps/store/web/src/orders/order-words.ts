/** What an order's statuses and steps are called, and what happens next. */
import { formatMoney } from 'app-kit/web/shell/format.ts'
import type { Order } from '../api/client.ts'

export type Tone = 'good' | 'waiting' | 'bad' | 'plain'
export interface StatusWord {
  readonly text: string
  readonly tone: Tone
}
type WordsFor<Line extends 'order' | 'payment' | 'fulfilment'> = Readonly<Record<Order[Line], readonly [string, Tone]>>

export const ORDER_WORDS: WordsFor<'order'> = {
  pending: ['Being confirmed', 'waiting'],
  confirmed: ['Confirmed', 'good'],
  completed: ['Completed', 'good'],
  cancelled: ['Cancelled', 'bad'],
}
export const PAYMENT_WORDS: WordsFor<'payment'> = {
  awaiting: ['Not asked for yet', 'waiting'],
  requested: ['With the bank', 'waiting'],
  declined: ['Declined', 'bad'],
  unresolved: ['No answer', 'bad'],
  paid: ['Paid', 'good'],
  'refund-due': ['Refund on its way', 'waiting'],
  'refund-failed': ['Refund delayed', 'bad'],
  'partly-refunded': ['Refunded in part', 'good'],
  refunded: ['Refunded', 'good'],
  unpaid: ['Nothing was paid', 'plain'],
}
export const FULFILMENT_WORDS: WordsFor<'fulfilment'> = {
  reserving: ['Looking on the shelves', 'waiting'],
  reserved: ['Set aside', 'waiting'],
  'to-pack': ['To be packed', 'waiting'],
  'partly-packed': ['Packed in part', 'waiting'],
  packed: ['Packed', 'good'],
  'partly-shipped': ['On its way in part', 'good'],
  shipped: ['On its way', 'good'],
  'partly-delivered': ['Delivered in part', 'good'],
  delivered: ['Delivered', 'good'],
  'partly-returned': ['Returned in part', 'plain'],
  returned: ['Returned', 'plain'],
  none: ['Not sent', 'plain'],
}

const toWord = ([text, tone]: readonly [string, Tone]): StatusWord => ({ text, tone })
export const orderWord = ({ order }: Pick<Order, 'order'>): StatusWord => toWord(ORDER_WORDS[order])
export const paymentWord = ({ payment }: Pick<Order, 'payment'>): StatusWord => toWord(PAYMENT_WORDS[payment])
export const fulfilmentWord = ({ fulfilment }: Pick<Order, 'fulfilment'>): StatusWord => toWord(FULFILMENT_WORDS[fulfilment])

/** A product's name, where the order knows it already. */
export const nameOf = ({ lines }: Pick<Order, 'lines'>, productId: string): string =>
  lines.find((line) => line.productId === productId)?.name ?? productId.replaceAll('-', ' ')

function whyCancelled(order: Order): string {
  const { reason, productId, priceCents, available } = order.cancelled ?? {}
  const product = productId === undefined ? 'something' : nameOf(order, productId)
  switch (reason) {
    case 'out-of-stock':
      return available === undefined || available === 0
        ? `Somebody was quicker: ${product} has just sold out. Nothing was charged, and the rest is back on the shelves.`
        : `Only ${available} of ${product} are left. Nothing was charged, and the rest is back on the shelves.`
    case 'price-changed':
      return `The price of ${product} went up${priceCents === undefined ? '' : ` to ${formatMoney(priceCents)}`} while you ordered. Nothing was charged.`
    case 'payment-expired':
      return 'It was not paid in time, so your goods are back on the shelves.'
    case 'customer':
      return 'You cancelled it before it was packed.'
    case 'staff':
      return 'We had to cancel it. We are sorry.'
    default:
      return 'It could not be placed as it was.'
  }
}

/** The one sentence that people come for. */
export function whatNext(order: Order): { readonly title: string; readonly text: string } {
  const money =
    order.payment === 'refund-due' || order.payment === 'refund-failed'
      ? ` Your ${formatMoney(order.capturedCents - order.refundedCents)} are on their way back.`
      : order.payment === 'refunded'
        ? ` Your ${formatMoney(order.refundedCents)} were given back.`
        : ''
  if (order.order === 'cancelled') return { title: 'This order is cancelled', text: `${whyCancelled(order)}${money}` }
  if (order.order === 'completed') {
    if (order.fulfilment === 'returned' || order.fulfilment === 'partly-returned')
      return { title: 'Your return has come in', text: `Thank you for sending it back.${money}` }
    return { title: 'It has arrived', text: `We hope you like it. If not, send it back.${money}` }
  }
  if (order.order === 'confirmed') {
    if (order.delay !== undefined && order.fulfilment !== 'delivered')
      return { title: 'It will be late', text: `${order.delay.note} We now expect it on ${formatIsoDay(order.delay.expectedAt)}.` }
    switch (order.fulfilment) {
      case 'to-pack':
      case 'partly-packed':
        return { title: 'Thank you, it is yours', text: 'Next, we pack it. Until then you can cancel.' }
      case 'packed':
        return { title: 'It is packed', text: 'Next, the carrier picks it up.' }
      case 'partly-shipped':
        return { title: 'A part is on its way', text: 'The rest follows in a parcel of its own.' }
      case 'partly-delivered':
        return { title: 'A part has arrived', text: 'The rest is on its way.' }
      default:
        return { title: 'It is on its way', text: 'Next, it comes to your door, in two or three days.' }
    }
  }
  switch (order.payment) {
    case 'declined':
      return { title: 'The payment was declined', text: 'Your goods are still set aside for you. Try another card.' }
    case 'unresolved':
      return { title: 'The bank does not answer', text: 'Should it have taken money, it goes back. Your goods are set aside: try again.' }
    case 'requested':
      return { title: 'Waiting for the bank', text: 'Your goods are set aside for you. You need not wait here.' }
    default:
      return { title: 'We have your order', text: 'Next, we take your goods off the shelves.' }
  }
}

const formatIsoDay = (day: string): string =>
  new Intl.DateTimeFormat('en-IE', { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' }).format(new Date(day))

const REFUND_WORDS: Readonly<Record<string, string>> = {
  'order-cancelled': 'The order was cancelled',
  'paid-too-late': 'The payment came after the order had ended',
  'paid-twice': 'It was paid twice',
  'goods-returned': 'Goods came back',
  goodwill: 'A gesture of goodwill',
}

/** What a step of the timeline is called, and what there is to say about it. */
export function stepWords({ what, detail, amountCents }: Order['timeline'][number]): { readonly title: string; readonly text?: string } {
  const amount = amountCents === undefined ? '' : formatMoney(amountCents)
  switch (what) {
    case 'OrderPlaced':
      return { title: 'Order placed' }
    case 'OrderReserved':
      return { title: 'All goods set aside' }
    case 'PaymentRequested':
      return { title: `Payment of ${amount} asked for` }
    case 'PaymentCaptured':
      return { title: `${amount} paid` }
    case 'PaymentDeclined':
      return { title: 'Payment declined', ...(detail !== undefined && { text: `The bank says: ${detail}.` }) }
    case 'PaymentUnresolved':
      return { title: 'The bank did not answer', text: 'We ask it to give back what it may have taken.' }
    case 'PaymentVoided':
      return { title: 'Payment without an answer taken back' }
    case 'OrderConfirmed':
      return { title: 'Order confirmed' }
    case 'OrderCancelled':
      return { title: 'Order cancelled' }
    case 'ParcelPacked':
      return { title: 'Parcel packed', ...(detail !== undefined && { text: `By ${detail}` }) }
    case 'ParcelShipped':
      return { title: 'Parcel handed to the carrier', ...(detail !== undefined && { text: detail }) }
    case 'ParcelDelivered':
      return { title: 'Parcel delivered' }
    case 'OrderCompleted':
      return { title: 'Everything has arrived' }
    case 'DelayReported':
      return { title: 'Delayed', ...(detail !== undefined && { text: detail }) }
    case 'ReturnRequested':
      return { title: 'Return announced', ...(detail !== undefined && { text: `“${detail}”` }) }
    case 'ReturnReceived':
      return { title: 'Return came in' }
    case 'RefundRequested':
      return { title: `Refund of ${amount} started`, ...(detail !== undefined && { text: REFUND_WORDS[detail] ?? detail }) }
    case 'RefundMade':
      return { title: `${amount} given back` }
    case 'RefundFailed':
      return { title: `Refund of ${amount} delayed`, text: 'We are on it.' }
    default:
      return { title: what }
  }
}
