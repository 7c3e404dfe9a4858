import { test } from 'node:test'
import { command, event } from '@millrace/core'
import { givenReactor, happened } from '@millrace/testing'
import { product } from '../catalogue/product.ts'
import { order } from './order.ts'
import { stockKeeping } from './stock-keeping.ts'

const orderId = 'order-a-0000000000'
const line = (productId: string, quantity: number) => ({ productId, quantity, agreedPriceCents: 4_900 })
const placed = event('OrderPlaced', {
  number: '1234-5678',
  customerId: '7c1a4f0e-52d8-4b7e-9d36-1f0e8b6a2c55',
  email: 'eve@example.org',
  name: 'Eve',
  address: { street: 'Mill Lane 1', city: 'Ghent', postcode: '9000', country: 'Belgium' },
  lines: [line('lamp', 2), line('chair', 1)],
  paymentMethod: 'card',
  payUntilMs: 1_800_000,
})

test('each product of a placed order is asked for its pieces', () =>
  givenReactor(stockKeeping)
    .when(happened(order, orderId, placed))
    .thenCommands(
      command('ReserveStock', { productId: 'lamp', orderId, quantity: 2, agreedPriceCents: 4_900 }),
      command('ReserveStock', { productId: 'chair', orderId, quantity: 1, agreedPriceCents: 4_900 }),
    ))

test('the order is told what is reserved for it, at which price, and what is not', async () => {
  await givenReactor(stockKeeping)
    .when(happened(product, 'lamp', event('StockReserved', { orderId, quantity: 2, name: 'Desk lamp', priceCents: 4_500 })))
    .thenCommands(command('RecordReservation', { orderId, productId: 'lamp', quantity: 2, name: 'Desk lamp', priceCents: 4_500 }))
  const reason = 'product-unknown' as const
  await givenReactor(stockKeeping)
    .when(happened(product, 'chair', event('StockRefused', { orderId, quantity: 1, reason, available: 0 })))
    .thenCommands(command('RecordRefusal', { orderId, productId: 'chair', reason, available: 0 }))
})

test('a cancelled order gives back what it had reserved, and no more', async () => {
  const cancelled = (release: string[]) => event('OrderCancelled', { by: 'customer', reason: 'customer', release })
  await givenReactor(stockKeeping)
    .when(happened(order, orderId, cancelled(['lamp', 'chair'])))
    .thenCommands(command('ReleaseStock', { productId: 'lamp', orderId }), command('ReleaseStock', { productId: 'chair', orderId }))
  await givenReactor(stockKeeping)
    .when(happened(order, orderId, cancelled([])))
    .thenNothing()
})

test('what is shipped leaves the stock; what comes back is stock again where it can be sold', async () => {
  const lines = [{ productId: 'lamp', quantity: 2 }]
  await givenReactor(stockKeeping)
    .when(happened(order, orderId, event('ParcelShipped', { parcelId: 'p1', lines, carrier: 'post', tracking: '1Z', staff: 'ida' })))
    .thenCommands(command('ShipStock', { productId: 'lamp', orderId, parcelId: 'p1', quantity: 2 }))
  const received = (restock: boolean) => event('ReturnReceived', { returnId: 'r1', lines, restock, staff: 'ida' })
  await givenReactor(stockKeeping)
    .when(happened(order, orderId, received(true)))
    .thenCommands(command('ReturnStock', { productId: 'lamp', orderId, returnId: 'r1', quantity: 2 }))
  await givenReactor(stockKeeping)
    .when(happened(order, orderId, received(false)))
    .thenNothing()
})
