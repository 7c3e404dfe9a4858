/** The order process as the store has it: its own aggregates and reactors, and a provider in this process that answers at once. */
import { app, start, type Log } from '@millrace/core'
import { inProcessPayments } from '../../../apps/kit/src/payments/index.ts'
import { product } from '../../../apps/store/src/catalogue/product.ts'
import { order } from '../../../apps/store/src/ordering/order.ts'
import { createPaying } from '../../../apps/store/src/ordering/paying.ts'
import { stockKeeping } from '../../../apps/store/src/ordering/stock-keeping.ts'
import type { Ordering } from './ordering.ts'
import { openPlacing } from './placing.ts'

const createOrdering = () => app('ordering', { aggregates: [order, product], reactors: [stockKeeping, createPaying(inProcessPayments())] })

/** Resolves each order when it is confirmed: when that event is read from the log. */
export async function openMillraceOrders(log: Log): Promise<Ordering> {
  const running = await start(createOrdering(), { log })
  const placing = await openPlacing(running, log)
  return {
    place: (orderId, lines) => placing.place(orderId, lines),
    async [Symbol.asyncDispose]() {
      await placing[Symbol.asyncDispose]()
      await running.stop()
    },
  }
}
