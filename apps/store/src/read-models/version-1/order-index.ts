/** Where an order is found: keys that list orders in the order of their time, the latest first (on the board: the oldest). */
import type { EventContext } from '@millrace/core'
import type { StoredOrder } from '../order-document.ts'
import type { OrderIndex } from '../order-handlers.ts'
import { addEntries, customerEntry, descending, latestFirst, moveEntries, toDoEntries, type OrdersDocument } from '../order-lists.ts'

/** Prefixes of lists. */
export const lists = {
  all: 'all/',
  product: (productId: string): string => `product/${productId}/`,
  number: (number: string): string => `number/${number}/`,
  email: (email: string): string => `email/${email}/`,
  status: (line: 'order' | 'payment' | 'fulfilment', status: string): string => `${line}-status/${status}/`,
}

/** Before all orders of that time and earlier ones, in a list that has the latest first. */
export const upTo = (ms: number): string => descending(ms)

/** The lists that an order stays in for ever. */
const fixedKeys = (order: StoredOrder): string[] => [
  customerEntry(order),
  ...[lists.all, lists.number(order.number), lists.email(order.email), ...Object.keys(order.lines).map((id) => lists.product(id))].map(
    (list) => list + latestFirst(order),
  ),
]

/** Those that it is in as it stands. */
const changingKeys = (order: StoredOrder): string[] => [
  ...(['order', 'payment', 'fulfilment'] as const).map((line) => lists.status(line, order[line]) + latestFirst(order)),
  ...toDoEntries(order),
]

export const keyedIndex: OrderIndex<EventContext<OrdersDocument>> = {
  placed: (order, { model }) => addEntries([...fixedKeys(order), ...changingKeys(order)], order.orderId, model),
  changed: (before, after, { model }) => moveEntries(changingKeys(before), changingKeys(after), after.orderId, model),
}
