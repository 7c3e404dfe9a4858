/** What is asked of the store: each list holds so many different questions that a cache is of little use. */
import type { StoreQuery } from '../servers/store.ts'
import { toOrderNumber } from '../../../apps/store/src/ordering/order-number.ts'
import { customerOf, dayOf, emailOf, pastOrderId, productOf } from './past-orders.ts'

const QUESTIONS = 5_000
const DAYS = 7 * 1_440
const STATUSES = [
  { order: 'confirmed' },
  { payment: 'requested' },
  { fulfilment: 'to-pack' },
  { order: 'cancelled' },
  { payment: 'paid' },
] as const

const RARE = [
  { order: 'cancelled', payment: 'paid' },
  { order: 'confirmed', fulfilment: 'packed' },
  { payment: 'requested', fulfilment: 'reserved' },
] as const

/** Orders all over the past, no two that are neighbours. */
const spread = (orders: number): readonly number[] => Array.from({ length: QUESTIONS }, (_, at) => (at * 7_919 + 13) % orders)

export const orderPages = (orders: number): readonly StoreQuery[] =>
  spread(orders).map((n) => ({ name: 'order', input: { orderId: pastOrderId(n) } }))

/** First pages; of a customer all orders, some twenty of them. */
export function searches(orders: number): Readonly<Record<string, readonly StoreQuery[]>> {
  const searchesBy = (input: (n: number, at: number) => StoreQuery['input']): readonly StoreQuery[] =>
    spread(orders).map((n, at) => ({ name: 'orders', input: input(n, at) }))
  const dates = (n: number): StoreQuery['input'] => ({ from: dayOf(Math.max(0, n - DAYS)), to: dayOf(n) })
  const ofCustomers = spread(orders).map((n): StoreQuery => ({ name: 'ordersOf', input: { customerId: customerOf(n) } }))
  return {
    'status and date': searchesBy((n, at) => ({ ...STATUSES[at % STATUSES.length], ...dates(n) })),
    'product, status and date': searchesBy((n, at) => ({ productId: productOf(n), ...STATUSES[at % STATUSES.length], to: dayOf(n) })),
    // Of what is rare among what is common: two lines of status that are hardly ever met together.
    'two statuses': searchesBy((n, at) => ({ ...RARE[at % RARE.length], to: dayOf(n) })),
    number: searchesBy((n) => ({ number: toOrderNumber(pastOrderId(n)) })),
    'e-mail address': searchesBy((n) => ({ email: emailOf(n) })),
    "a customer's orders": ofCustomers,
  }
}
