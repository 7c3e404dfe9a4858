/** The answers that people watch: made of documents, so that a change elsewhere costs them nothing. */
import type { ModelReader } from '@millrace/core'
import type { z } from 'zod'
import { ACTIONS, toListed, toShown, type ListedOrder, type shown } from './order-document.ts'
import { listOfCustomer, listToDo, toOrders, type OrdersDocument } from './order-lists.ts'
import type { boardResult } from './order-questions.ts'

type Reader = Pick<ModelReader<OrdersDocument>, 'get' | 'list'>

const MOST_OF_A_CUSTOMER = 100
const MOST_ON_BOARD = 50

export async function oneOrder(orderId: string, model: Reader): Promise<z.infer<typeof shown> | null> {
  const [found] = await toOrders([{ ref: orderId }], model)
  return found === undefined ? null : toShown(found)
}

/** A customer's latest hundred. */
export async function ordersOfCustomer(customerId: string, model: Reader): Promise<ListedOrder[]> {
  const entries = await model.list({ prefix: listOfCustomer(customerId), limit: MOST_OF_A_CUSTOMER })
  return (await toOrders(entries, model)).map(toListed)
}

/** What is to be done, by kind, the oldest orders first. */
export async function ordersToDo(model: Reader): Promise<z.infer<typeof boardResult>> {
  return Promise.all(
    ACTIONS.map(async (action) => {
      const entries = await model.list({ prefix: listToDo(action), limit: MOST_ON_BOARD + 1 })
      const found = await toOrders(entries.slice(0, MOST_ON_BOARD), model)
      return { action, orders: found.map(toShown), hasMore: entries.length > MOST_ON_BOARD }
    }),
  )
}
