/** What is asked of the store: each list holds so many different questions that a cache is of little use. */
import type { StoreQuery } from '../servers/store.ts'
import { toOrderNumber } from '../../../apps/store/src/ordering/order-number.ts'
import { dayOf, pastOrderId, productOf } from './past-orders.ts'

const QUESTIONS = 5_000
const DAYS = 7 * 1_440
const STATUSES = [
  { order: 'confirmed' },
  { payment: 'requested' },
  { fulfilment: 'to-pack' },
  { order: 'cancelled' },
  { payment: 'paid' },
] as const

/** Orders all over the past, no two that are neighbours. */
const spread = (orders: number): readonly number[] => Array.from({ length: QUESTIONS }, (_, at) => (at * 7_919 + 13) % orders)

export const orderPages = (orders: number): readonly StoreQuery[] =>
  spread(orders).map((n) => ({ name: 'order', input: { orderId: pastOrderId(n) } }))

/** First pages. */
export function searches(orders: number): Readonly<Record<string, readonly StoreQuery[]>> {
  const searchesBy = (input: (n: number, at: number) => StoreQuery['input']): readonly StoreQuery[] =>
    spread(orders).map((n, at) => ({ name: 'orders', input: input(n, at) }))
  const dates = (n: number): StoreQuery['input'] => ({ from: dayOf(Math.max(0, n - DAYS)), to: dayOf(n) })
  return {
    'status and date': searchesBy((n, at) => ({ ...STATUSES[at % STATUSES.length], ...dates(n) })),
    'product, status and date': searchesBy((n, at) => ({ productId: productOf(n), ...STATUSES[at % STATUSES.length], to: dayOf(n) })),
    number: searchesBy((n) => ({ number: toOrderNumber(pastOrderId(n)) })),
  }
}
