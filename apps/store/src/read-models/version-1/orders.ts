/**
 * The version before: it had no tables, and a document for each list that an order was in. It answers where it was built
 * once, until version 2 has been. Leave it out when nobody has it any more: `millrace read-models` says what there is.
 */
import { projection } from '@millrace/core'
import { z } from 'zod'
import { order } from '../../ordering/order.ts'
import { oneOrder, ordersOfCustomer, ordersToDo } from '../order-answers.ts'
import { orderHandlers } from '../order-handlers.ts'
import { document } from '../order-lists.ts'
import { orderInput, ordersOfInput, searchInput } from '../order-questions.ts'
import { keyedIndex } from './order-index.ts'
import { searchKeys } from './order-search.ts'

export const keyedOrders = projection('orders', {
  version: 1,
  from: [order],
  document,
  on: orderHandlers(keyedIndex),
  queries: (query) => ({
    order: query(orderInput, ({ orderId }, model) => oneOrder(orderId, model)),
    ordersOf: query(ordersOfInput, ({ customerId }, model) => ordersOfCustomer(customerId, model)),
    orders: query(searchInput, (search, model) => searchKeys(search, model)),
    board: query(z.object({}), (_input, model) => ordersToDo(model)),
  }),
})
