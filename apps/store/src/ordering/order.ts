/**
 * An order, from placing it to the last refund. It is its own process manager: what it waits for comes to it as commands
 * that reactors and its timer send. Its state decides about order, payment and fulfilment, which go their own ways.
 */
import { aggregate } from '@millrace/core'
import { fulfilmentDecisions } from './deciding/fulfilment.ts'
import { paymentDecisions } from './deciding/payment.ts'
import { placingDecisions } from './deciding/placing.ts'
import { refundDecisions } from './deciding/refunds.ts'
import { orderCommands } from './order-commands.ts'
import { orderEvents } from './order-events.ts'
import { orderEvolve } from './order-evolve.ts'
import { noOrder } from './order-state.ts'

export const order = aggregate('order', {
  commands: orderCommands,
  events: orderEvents,
  rejections: {
    'order-exists': 'An order of that id exists.',
    'order-unknown': 'There is no such order.',
    'order-cancelled': 'The order is cancelled.',
    'order-not-confirmed': 'The order is not paid yet.',
    'order-packed': 'The order is packed already: it can be returned, not cancelled.',
    'payment-pending': 'A payment of this order is on its way.',
    'already-paid': 'The order is paid.',
    'not-paid': 'Nothing was paid, so nothing can be given back.',
    'more-than-paid': 'That is more than what was paid and not given back.',
    'refund-exists': 'A refund of that id exists.',
    'refund-unknown': 'There is no such refund, or it did not fail.',
    'nothing-to-pack': 'All of the order is packed.',
    'more-than-ordered': 'That is more than what is left of the order to do this with.',
    'parcel-exists': 'A parcel of that id exists.',
    'parcel-unknown': 'The order has no such parcel.',
    'parcel-shipped': 'The parcel is on its way already.',
    'parcel-not-shipped': 'The parcel has not left the house.',
    'parcel-delivered': 'The parcel is delivered already.',
    'return-exists': 'A return of that id exists.',
    'return-unknown': 'The order has no such return, or it came in already.',
  },
  internal: [
    'RecordReservation',
    'RecordRefusal',
    'RecordPayment',
    'RecordDecline',
    'RecordNoAnswer',
    'RecordVoid',
    'RecordRefund',
    'RecordFailedRefund',
    'ExpirePayment',
  ],
  key: (data) => data.orderId,
  initialState: noOrder,
  decide: { ...placingDecisions, ...paymentDecisions, ...fulfilmentDecisions, ...refundDecisions },
  evolve: orderEvolve,
})
