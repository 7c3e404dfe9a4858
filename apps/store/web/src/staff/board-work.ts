/** What a button on the board does: the commands that take an order out of its column. */
import { sendCommand, type BoardColumn, type Order } from '../api/client.ts'
import { newId } from '../shell/identity.ts'
import { whoIsIt } from './staff-frame.tsx'

export type BoardAction = BoardColumn['action']
type Sending = ReturnType<typeof sendCommand>

const CARRIER = 'Swift Parcels'

export const BOARD_WORDS: Readonly<Record<BoardAction, { readonly title: string; readonly verb: string; readonly done: string }>> = {
  pack: { title: 'To pack', verb: 'Pack', done: 'packed' },
  ship: { title: 'To ship', verb: 'Ship', done: 'shipped' },
  deliver: { title: 'On the way', verb: 'Delivered', done: 'delivered' },
  'receive-return': { title: 'Coming back', verb: 'Take back', done: 'taken back' },
  'retry-refund': { title: 'Refunds that failed', verb: 'Try again', done: 'asked for again' },
}

/** Sends all that the action takes, for one order. */
export function workOn(action: BoardAction, { orderId, parcels, returns, refunds }: Order): Sending[] {
  const staff = whoIsIt()
  const inParcels = (status: Order['parcels'][number]['status'], send: (parcelId: string) => Sending): Sending[] =>
    parcels.filter((parcel) => parcel.status === status).map(({ parcelId }) => send(parcelId))
  switch (action) {
    case 'pack':
      return [sendCommand('PackParcel', { orderId, parcelId: newId(8), staff })]
    case 'ship':
      return inParcels('packed', (parcelId) =>
        sendCommand('ShipParcel', { orderId, parcelId, staff, carrier: CARRIER, tracking: `SW${newId(10)}` }),
      )
    case 'deliver':
      return inParcels('shipped', (parcelId) => sendCommand('ConfirmDelivery', { orderId, parcelId }))
    case 'receive-return':
      return returns
        .filter(({ status }) => status === 'announced')
        .map(({ returnId }) => sendCommand('ReceiveReturn', { orderId, returnId, restock: true, staff }))
    case 'retry-refund':
      return refunds
        .filter(({ status }) => status === 'failed')
        .map(({ refundId }) => sendCommand('RetryRefund', { orderId, refundId, staff }))
  }
}
