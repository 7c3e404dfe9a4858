/** Lists of orders that people watch: entries, each with the id of an order, under keys that sort by time. */
import type { EventContext, ModelReader } from '@millrace/core'
import { z } from 'zod'
import { stored, type StoredOrder } from './order-document.ts'
import { nextActions } from './order-statuses.ts'

/** An order, or an entry of a list that leads to one. */
export const document = z.union([stored, z.object({ ref: z.string() })])
export type OrdersDocument = z.infer<typeof document>

type Writer = Pick<EventContext<OrdersDocument>['model'], 'put' | 'delete'>

/** Epoch milliseconds, as text that sorts as they do. 15 digits last for 30,000 years. */
const MOST_MS = 10 ** 15 - 1
const ascending = (ms: number): string => String(ms).padStart(15, '0')
export const descending = (ms: number): string => ascending(MOST_MS - ms)

export const orderKey = (orderId: string): string => `order/${orderId}`

/** What an entry's key ends with where the latest order comes first; it says where a page ends, too. */
export const latestFirst = ({ placedAtMs, orderId }: Pick<StoredOrder, 'placedAtMs' | 'orderId'>): string =>
  `${descending(placedAtMs)}/${orderId}`

/** What `latestFirst` has said, or undefined where it has not. */
export function readLatestFirst(text: string): Pick<StoredOrder, 'placedAtMs' | 'orderId'> | undefined {
  const found = /^(\d{15})\/([A-Za-z0-9_-]{16,64})$/.exec(text)
  return found === null ? undefined : { placedAtMs: MOST_MS - Number(found[1]), orderId: found[2]! }
}

/** Prefixes of lists. */
export const listOfCustomer = (customerId: string): string => `customer/${customerId}/`
export const listToDo = (action: string): string => `next/${action}/`

export const customerEntry = (order: StoredOrder): string => listOfCustomer(order.customerId) + latestFirst(order)

/** Those of what is to be done next, the oldest order first. */
export const toDoEntries = (order: StoredOrder): string[] =>
  nextActions(order).map((action) => `${listToDo(action)}${ascending(order.placedAtMs)}/${order.orderId}`)

export function addEntries(keys: readonly string[], orderId: string, model: Writer): void {
  for (const each of keys) model.put(each, { ref: orderId })
}

/** From the entries that an order had to those that it has now. */
export function moveEntries(from: readonly string[], to: readonly string[], orderId: string, model: Writer): void {
  for (const each of from) if (!to.includes(each)) model.delete(each)
  addEntries(
    to.filter((each) => !from.includes(each)),
    orderId,
    model,
  )
}

/** The orders that entries lead to. */
export async function toOrders(
  entries: readonly OrdersDocument[],
  model: Pick<ModelReader<OrdersDocument>, 'get'>,
): Promise<StoredOrder[]> {
  const found = await Promise.all(entries.map((each) => ('ref' in each ? model.get(orderKey(each.ref)) : Promise.resolve(each))))
  return found.filter((each): each is StoredOrder => each !== undefined && !('ref' in each))
}
