/** The store's ordering on a log: orders, stock and payments, without read models. */
import { app, start, type Log, type Running } from '@millrace/core'
import { inProcessPayments } from '../../../apps/kit/src/payments/index.ts'
import { product } from '../../../apps/store/src/catalogue/product.ts'
import { order } from '../../../apps/store/src/ordering/order.ts'
import { createPaying } from '../../../apps/store/src/ordering/paying.ts'
import { stockKeeping } from '../../../apps/store/src/ordering/stock-keeping.ts'
import { CUSTOMER, PRICE_CENTS, PRODUCTS, STOCK, type Ordering, type OrderLines } from './ordering.ts'

const createOrdering = () => app('ordering', { aggregates: [order, product], reactors: [stockKeeping, createPaying(inProcessPayments())] })

/** Resolves each order when it is confirmed: when that event is read from the log. */
export async function openMillraceOrders(log: Log): Promise<Ordering> {
  const running: Running<ReturnType<typeof createOrdering>> = await start(createOrdering(), { log })
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
      await running.send('AddProduct', details, { timeoutMs: 60_000 })
      for (let pieces = 0; pieces < STOCK; pieces += 100_000) await running.send('ReceiveStock', { productId, quantity: 100_000 })
    }),
  )
  return {
    async place(orderId: string, lines: OrderLines) {
      const isConfirmed = new Promise<void>((resolve) => confirmed.set(orderId, resolve))
      const receipt = await running.send('PlaceOrder', {
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
      await running.stop()
    },
  }
}
