import { test } from 'node:test'
import { command, event } from '@millrace/core'
import { given } from '@millrace/testing'
import { product } from './product.ts'

const productId = 'lamp'
const details = { name: 'Desk lamp', category: 'Light', description: 'Bends.', picture: 'lamp', priceCents: 4_900 }
const added = event('ProductAdded', details)
const received = (quantity: number) => event('StockReceived', { quantity })
const orderId = 'order-a-0000000000'
const other = 'order-b-0000000000'
const reserved = (of: string, quantity: number) => event('StockReserved', { orderId: of, quantity, name: 'Desk lamp', priceCents: 4_900 })
const reserve = (quantity: number, agreedPriceCents = 4_900) => command('ReserveStock', { productId, orderId, quantity, agreedPriceCents })
const refused = (quantity: number, reason: 'out-of-stock' | 'price-changed' | 'order-over', available: number, priceCents = 4_900) =>
  event('StockRefused', { orderId, quantity, reason, available, name: 'Desk lamp', priceCents })

test('a product comes into the catalogue once', async () => {
  const add = command('AddProduct', { productId, ...details })
  await given(product).when(add).thenEvents(added)
  await given(product, added).when(add).thenRejected('product-exists')
})

test('what makes no sense is refused with its path', async () => {
  const wrong: readonly (readonly [object, string])[] = [
    [{ productId: '__proto__' }, 'productId'],
    [{ name: ' ' }, 'name'],
    [{ priceCents: 0 }, 'priceCents'],
    [{ priceCents: 10.5 }, 'priceCents'],
    [{ colour: 'red' }, ''],
  ]
  for (const [part, path] of wrong)
    await given(product)
      .when(command('AddProduct', { productId, ...details, ...part }))
      .thenInvalid(path)
  await given(product)
    .when(command('ReceiveStock', { productId, quantity: -1 }))
    .thenInvalid('quantity')
})

test('nothing is received, priced or corrected of a product that is not there', async () => {
  await given(product)
    .when(command('ReceiveStock', { productId, quantity: 1 }))
    .thenRejected('product-unknown')
  await given(product)
    .when(command('ChangePrice', { productId, priceCents: 1 }))
    .thenRejected('product-unknown')
  await given(product)
    .when(command('CorrectStock', { productId, onHand: 1, reason: 'count' }))
    .thenRejected('product-unknown')
})

// magento/inventory#3036: the last item sold twice.
test('the last piece is promised to one order only', () =>
  given(product, added, received(1), reserved(other, 1))
    .when(reserve(1))
    .thenEvents(refused(1, 'out-of-stock', 0)))

test('a reservation names the price of this moment', () =>
  given(product, added, received(3), event('PriceChanged', { priceCents: 3_900 }))
    .when(reserve(2))
    .thenEvents(event('StockReserved', { orderId, quantity: 2, name: 'Desk lamp', priceCents: 3_900 })))

test('nobody pays more than they saw', () =>
  given(product, added, received(3), event('PriceChanged', { priceCents: 5_900 }))
    .when(reserve(2))
    .thenEvents(refused(2, 'price-changed', 3, 5_900)))

test('a product that is not there is refused to an order that waits for the answer', () =>
  given(product)
    .when(reserve(1))
    .thenEvents(event('StockRefused', { orderId, quantity: 1, reason: 'product-unknown', available: 0 })))

test('a reservation is made once', () => given(product, added, received(3), reserved(orderId, 2)).when(reserve(2)).thenNothing())

// medusajs/medusa#11703, #12401: reservations that are not given back, or more than once, until what is reserved is negative.
test('a reservation is given back whole, and once', async () => {
  const release = command('ReleaseStock', { productId, orderId })
  const released = event('StockReleased', { orderId, quantity: 2 })
  await given(product, added, received(3), reserved(orderId, 2)).when(release).thenEvents(released)
  await given(product, added, received(3), reserved(orderId, 2), released).when(release).thenNothing()
  await given(product, added, received(2), reserved(orderId, 2), released)
    .when(command('ReserveStock', { productId, orderId: other, quantity: 2, agreedPriceCents: 4_900 }))
    .thenEvents(reserved(other, 2))
})

test('a reservation that comes after its order is over is refused', () =>
  given(product, added, received(3), event('StockReleased', { orderId, quantity: 0 }))
    .when(reserve(1))
    .thenEvents(refused(1, 'order-over', 3)))

// medusajs/medusa#6500, #14885: what is reserved counts as gone for its own order too, which can then not be shipped.
test('the last reserved pieces are shipped to their own order, in as many parcels as it takes', async () => {
  const shipped = (parcelId: string, quantity: number) => event('StockShipped', { orderId, parcelId, quantity })
  const ship = (parcelId: string, quantity: number) => command('ShipStock', { productId, orderId, parcelId, quantity })
  const start = [added, received(3), reserved(orderId, 3)] as const
  await given(product, ...start)
    .when(ship('p1', 2))
    .thenEvents(shipped('p1', 2))
  await given(product, ...start, shipped('p1', 2))
    .when(ship('p1', 2))
    .thenNothing()
  await given(product, ...start, shipped('p1', 2))
    .when(ship('p2', 1))
    .thenEvents(shipped('p2', 1))
  await given(product, ...start, shipped('p1', 2), shipped('p2', 1))
    .when(ship('p2', 1))
    .thenNothing()
  await given(product, ...start, shipped('p1', 2), shipped('p2', 1))
    .when(command('ReleaseStock', { productId, orderId }))
    .thenNothing()
})

// Stock below zero: what is counted in the house cannot be less than what orders are promised.
test('a count below what is promised is refused', async () => {
  const correct = (onHand: number) => command('CorrectStock', { productId, onHand, reason: 'stocktaking' })
  await given(product, added, received(5), reserved(orderId, 3)).when(correct(2)).thenRejected('below-reserved', { reserved: 3 })
  await given(product, added, received(5), reserved(orderId, 3))
    .when(correct(3))
    .thenEvents(event('StockCorrected', { onHand: 3, reason: 'stocktaking' }))
})

test('a return comes back on the shelf once', async () => {
  const back = command('ReturnStock', { productId, orderId, returnId: 'r1', quantity: 1 })
  const returned = event('StockReturned', { orderId, returnId: 'r1', quantity: 1 })
  await given(product, added).when(back).thenEvents(returned)
  await given(product, added, returned).when(back).thenNothing()
})
