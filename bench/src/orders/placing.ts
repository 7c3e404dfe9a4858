/** Orders placed at an app of the store's aggregates and reactors, each followed to its end. */
import type { Log } from '@millrace/core'
import { CUSTOMER, PRICE_CENTS, PRODUCTS, STOCK, type Ordering, type OrderLines } from './ordering.ts'

/** What is asked of the running app: that of the whole store does, too. */
export interface Sender {
  send(
    type: 'AddProduct' | 'ReceiveStock' | 'PlaceOrder',
    data: Readonly<Record<string, unknown>>,
    options?: { readonly timeoutMs: number },
  ): Promise<{ readonly outcome: string }>
}

/** Fills the shelves. Then resolves each order when it is confirmed: when that event is read from the log. */
export async function openPlacing(sender: Sender, log: Log): Promise<Ordering> {
  const confirmed = new Map<string, () => void>()
  const stop = new AbortController()
  const ends = await log.ends()
  const reading = ends.map(async (end, partition) => {
    for await (const { records } of log.read(partition, end, stop.signal)) {
      for (const { kind, type, key } of records) {
        if (kind !== 'event' || (type !== 'OrderConfirmed' && type !== 'OrderCancelled')) continue
        if (type === 'OrderCancelled') throw new Error(`order ${key} was cancelled`)
        confirmed.get(key)?.()
        confirmed.delete(key)
      }
    }
  })
  const failed = Promise.all(reading)
  failed.catch(() => undefined)
  await Promise.all(
    PRODUCTS.map(async (productId) => {
      const details = { productId, name: productId, category: 'c', description: 'd', picture: 'p', priceCents: PRICE_CENTS }
      await sender.send('AddProduct', details, { timeoutMs: 60_000 })
      for (let pieces = 0; pieces < STOCK; pieces += 100_000)
        await sender.send('ReceiveStock', { productId, quantity: 100_000 }, { timeoutMs: 60_000 })
    }),
  )
  return {
    async place(orderId: string, lines: OrderLines) {
      const isConfirmed = new Promise<void>((resolve) => confirmed.set(orderId, resolve))
      const receipt = await sender.send('PlaceOrder', {
        ...CUSTOMER,
        orderId,
        lines: lines.map((line) => ({ ...line, agreedPriceCents: PRICE_CENTS })),
        paymentMethod: 'card',
      })
      if (receipt.outcome !== 'accepted') throw new Error(`order ${orderId} was ${receipt.outcome}`)
      await Promise.race([isConfirmed, failed.then(() => Promise.reject(new Error('the log ended')))])
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await failed
    },
  }
}
