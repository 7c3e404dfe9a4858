/**
 * Orders: each with its timeline, and lists of them for customers, for staff and for a search. What people watch is made of
 * documents, what is searched is in tables; one read model has both, so that what is seen in one is seen in the other.
 */
import { projection } from '@millrace/core'
import { z } from 'zod'
import { order } from '../ordering/order.ts'
import { listed, shown } from './order-document.ts'
import { oneOrder, ordersOfCustomer, ordersToDo } from './order-answers.ts'
import { orderHandlers } from './order-handlers.ts'
import { document } from './order-lists.ts'
import { boardResult, orderInput, ordersOfInput, searchInput, searchResult } from './order-questions.ts'
import { searchOrders } from './order-search.ts'
import { tableIndex, tables } from './order-tables.ts'
import { keyedOrders } from './version-1/orders.ts'

export const orders = projection('orders', {
  version: 2,
  previous: keyedOrders,
  from: [order],
  document,
  tables,
  on: orderHandlers(tableIndex),
  queries: (query) => ({
    /** Whoever knows an order's id may see it: the id is a secret of the customer's. */
    order: query(orderInput, ({ orderId }, model) => oneOrder(orderId, model), { result: shown.nullable() }),
    /** The customer's id is a secret as well. */
    ordersOf: query(ordersOfInput, ({ customerId }, model) => ordersOfCustomer(customerId, model), { result: z.array(listed) }),
    orders: query(searchInput, (search, model) => searchOrders(search, model), { result: searchResult }),
    board: query(z.object({}), (_input, model) => ordersToDo(model), { result: boardResult }),
  }),
})
