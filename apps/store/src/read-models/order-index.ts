/** Where an order is found: keys that list orders in the order of their time, the latest first (on the board: the oldest). */
import { nextActions } from './order-statuses.ts'
import type { StoredOrder } from './order-document.ts'

/** Epoch milliseconds, as text that sorts as they do. 15 digits last for 30,000 years. */
const MOST_MS = 10 ** 15 - 1
const ascending = (ms: number): string => String(ms).padStart(15, '0')
const descending = (ms: number): string => ascending(MOST_MS - ms)

export const orderKey = (orderId: string): string => `order/${orderId}`

/** Prefixes of lists. */
export const lists = {
  all: 'all/',
  customer: (customerId: string): string => `customer/${customerId}/`,
  product: (productId: string): string => `product/${productId}/`,
  number: (number: string): string => `number/${number}/`,
  email: (email: string): string => `email/${email}/`,
  status: (line: 'order' | 'payment' | 'fulfilment', status: string): string => `${line}-status/${status}/`,
  next: (action: string): string => `next/${action}/`,
}

/** A list's key of an order: what a page ends with, and the next one begins after. */
export const latestFirst = (placedAtMs: number, orderId: string): string => `${descending(placedAtMs)}/${orderId}`

/** Before all orders of that time and earlier ones, in a list that has the latest first. */
export const upTo = (ms: number): string => descending(ms)

/** The lists that an order stays in for ever. */
export const fixedKeys = ({ orderId, placedAtMs, customerId, number, email, lines }: StoredOrder): string[] =>
  [
    lists.all,
    lists.customer(customerId),
    lists.number(number),
    lists.email(email),
    ...Object.keys(lines).map((productId) => lists.product(productId)),
  ].map((list) => list + latestFirst(placedAtMs, orderId))

/** Those that it is in as it stands. */
export const changingKeys = (order: StoredOrder): string[] => [
  ...(['order', 'payment', 'fulfilment'] as const).map(
    (line) => lists.status(line, order[line]) + latestFirst(order.placedAtMs, order.orderId),
  ),
  ...nextActions(order).map((action) => `${lists.next(action)}${ascending(order.placedAtMs)}/${order.orderId}`),
]
