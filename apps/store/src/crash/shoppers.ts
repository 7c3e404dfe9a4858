/** Customers and staff that do whatever comes to their minds, as fast as they can. */
import type { CommandInput, CommandName, ReceiptOf, Running } from '@millrace/core'
import type { Store } from '../app.ts'

/** Sends a command, and writes down what it does and sees; undefined where no answer came. */
export type Send = <Name extends CommandName<Store>>(type: Name, data: CommandInput<Store, Name>) => Promise<ReceiptOf<Store> | undefined>

export const PRODUCTS = ['bowl', 'cup', 'jug', 'plate']
export const PRICE_CENTS = 100
/** How long an order waits for its payment: short, so that many expire. */
const PAY_WITHIN_MS = 2_000

const customer = {
  customerId: '2e9b7d44-0c1f-4a6b-8f52-c3d7e1a90b18',
  email: 'ada@example.org',
  name: 'Ada',
  address: { street: '1 Mill Lane', city: 'Mill', postcode: '1000', country: 'NL' },
}

/** Few pieces, so that they run out. Does nothing where they are there. */
export async function fillShelves(running: Running<Store>): Promise<void> {
  for (const productId of PRODUCTS) {
    const details = { productId, name: productId, category: 'c', description: 'd', picture: 'p', priceCents: PRICE_CENTS }
    const added = await running.send('AddProduct', details, { commandId: `add ${productId}`, timeoutMs: 60_000 })
    if (added.outcome === 'accepted') await running.send('ReceiveStock', { productId, quantity: 200 }, { commandId: `fill ${productId}` })
  }
}

/** An order that has time to be paid, of goods that are there. */
export async function placeInPeace(running: Running<Store>, orderId: string): Promise<void> {
  const [productId = ''] = PRODUCTS
  const lines = [{ productId, quantity: 1, agreedPriceCents: PRICE_CENTS }]
  await fillShelves(running)
  await running.send('ReceiveStock', { productId, quantity: 10 }, { timeoutMs: 60_000 })
  await running.send('PlaceOrder', { ...customer, orderId, lines, paymentMethod: 'card' }, { timeoutMs: 60_000 })
}

/** One after the other, until the process ends or `isOver` says so. */
export async function shop(send: Send, name: string, random: () => number, isOver: () => boolean = () => false): Promise<void> {
  const below = (count: number): number => Math.floor(random() * count)
  const pick = <T>(from: readonly T[]): T => from[below(from.length)]!
  const staff = 'Ann'
  for (let n = 0; !isOver(); n++) {
    const orderId = `${name}-${n}`.padEnd(16, '_')
    const lines = Array.from({ length: 1 + below(3) }, () => ({
      productId: pick(PRODUCTS),
      quantity: 1 + below(2),
      agreedPriceCents: PRICE_CENTS,
    }))
    await send('PlaceOrder', { ...customer, orderId, lines, paymentMethod: 'card', payWithinMs: PAY_WITHIN_MS })
    await pause(below(60))
    if (random() < 0.15) await send('CancelOrder', { orderId })
    if (random() < 0.3) await send('RetryPayment', { orderId, paymentMethod: 'card' })
    const parcelId = `p${n}`
    const packed = await send('PackParcel', { orderId, parcelId, staff })
    if (packed?.outcome === 'accepted' && random() < 0.9) {
      await send('ShipParcel', { orderId, parcelId, staff, carrier: 'mail', tracking: 't' })
      await send('ConfirmDelivery', { orderId, parcelId })
      if (random() < 0.3) {
        await send('RequestReturn', { orderId, returnId: 'r1', lines: [{ productId: lines[0]!.productId, quantity: 1 }], reason: 'x' })
        await send('ReceiveReturn', { orderId, returnId: 'r1', restock: random() < 0.5, staff })
      }
      if (random() < 0.1) await send('RefundOrder', { orderId, refundId: 'goodwill', amountCents: 10, staff })
    }
    if (random() < 0.1) await send('ReceiveStock', { productId: pick(PRODUCTS), quantity: 5 })
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
