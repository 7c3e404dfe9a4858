/**
 * Where a search finds orders: a row for each in `orders`, and in `order_places` one for each place where it is looked for:
 * among all orders, and among those of each of its products. A place has the three statuses as one number, so that any of
 * them, with or without a product, is a few ranges of one index. Each range is in the order of the pages.
 */
import type { EventContext, TableContext } from '@millrace/core'
import { FULFILMENT_STATUSES, ORDER_STATUSES, PAYMENT_STATUSES, toListed, type StoredOrder } from './order-document.ts'
import type { OrderIndex } from './order-handlers.ts'
import { addEntries, customerEntry, moveEntries, toDoEntries, type OrdersDocument } from './order-lists.ts'

/** SQLite's and PostgreSQL's. Stored: what has run is never changed, see `docs/read-models.md`. */
export const tables = [
  `create table orders (order_id text primary key, number text not null, email text not null, name text not null,
     placed_ms bigint not null, total_cents bigint, lines text not null)`,
  `create index orders_by_number on orders (number)`,
  `create index orders_by_email on orders (email, placed_ms desc, order_id)`,
  `create index orders_by_time on orders (placed_ms desc, order_id)`,
  `create table order_places (order_id text not null, product_id text not null, status integer not null,
     placed_ms bigint not null, primary key (order_id, product_id))`,
  `create index order_places_by_status on order_places (product_id, status, placed_ms desc, order_id)`,
] as const

/** The `product_id` of an order's place among all. No product is called that. */
export const ALL_ORDERS = ''

export type Statuses = Pick<StoredOrder, 'order' | 'payment' | 'fulfilment'>

/** Rows have it: a status that is new goes behind the others of its line, and 16 are the most of a line. */
export const toStatus = ({ order, payment, fulfilment }: Statuses): number =>
  (ORDER_STATUSES.indexOf(order) * 16 + PAYMENT_STATUSES.indexOf(payment)) * 16 + FULFILMENT_STATUSES.indexOf(fulfilment)

export const fromStatus = (status: number): Statuses => ({
  order: ORDER_STATUSES[status >> 8]!,
  payment: PAYMENT_STATUSES[(status >> 4) & 15]!,
  fulfilment: FULFILMENT_STATUSES[status & 15]!,
})

const linesOf = (order: StoredOrder): string => JSON.stringify(toListed(order).lines)

export const tableIndex: OrderIndex<EventContext<OrdersDocument> & TableContext> = {
  placed(order, { model, sql }) {
    const { orderId, number, email, name, placedAtMs, totalCents = null } = order
    sql`insert into orders (order_id, number, email, name, placed_ms, total_cents, lines)
      values (${orderId}, ${number}, ${email}, ${name}, ${placedAtMs}, ${totalCents}, ${linesOf(order)})`
    for (const productId of [ALL_ORDERS, ...Object.keys(order.lines)])
      sql`insert into order_places (order_id, product_id, status, placed_ms) values (${orderId}, ${productId}, ${toStatus(order)}, ${placedAtMs})`
    addEntries([customerEntry(order), ...toDoEntries(order)], orderId, model)
  },
  changed(before, after, { model, sql }) {
    const { orderId, totalCents = null } = after
    if (toStatus(after) !== toStatus(before)) sql`update order_places set status = ${toStatus(after)} where order_id = ${orderId}`
    const lines = linesOf(after)
    if (totalCents !== (before.totalCents ?? null) || lines !== linesOf(before))
      sql`update orders set total_cents = ${totalCents}, lines = ${lines} where order_id = ${orderId}`
    moveEntries(toDoEntries(before), toDoEntries(after), orderId, model)
  },
}
