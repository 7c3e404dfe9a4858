/** What orders and products have to tell each other: reserve, give back, ship. */
import { command, reactor } from '@millrace/core'
import { product } from '../catalogue/product.ts'
import { order } from './order.ts'

export const stockKeeping = reactor('stock-keeping', {
  from: [order, product],
  to: [order, product],
  on: {
    OrderPlaced: ({ lines }, { key: orderId }) => lines.map((line) => command('ReserveStock', { ...line, orderId })),
    StockReserved: ({ orderId, quantity, name, priceCents }, { key: productId }) => [
      command('RecordReservation', { orderId, productId, quantity, name, priceCents }),
    ],
    StockRefused: ({ orderId, reason, available, priceCents }, { key: productId }) => [
      command('RecordRefusal', { orderId, productId, reason, available, priceCents }),
    ],
    OrderCancelled: ({ release }, { key: orderId }) => release.map((productId) => command('ReleaseStock', { productId, orderId })),
    ParcelShipped: ({ parcelId, lines }, { key: orderId }) => lines.map((line) => command('ShipStock', { ...line, orderId, parcelId })),
    ReturnReceived: ({ returnId, lines, restock }, { key: orderId }) =>
      restock ? lines.map((line) => command('ReturnStock', { ...line, orderId, returnId })) : [],
  },
})
