import type { ModelReader } from '@millrace/core'
import { toListed, type ListedOrder, type StoredOrder } from '../order-document.ts'
import { latestFirst, toOrders, type OrdersDocument } from '../order-lists.ts'
import { momentsOf, type OrderPage, type OrderSearch } from '../order-questions.ts'
import { lists, upTo } from './order-index.ts'

/** One page looks at so many orders at the most: what is rare among them takes several pages, not a long wait. */
const MOST_LOOKED_AT = 200

export async function searchKeys(search: OrderSearch, model: Pick<ModelReader<OrdersDocument>, 'get' | 'list'>): Promise<OrderPage> {
  const list = listFor(search)
  const found: ListedOrder[] = []
  const { fromMs = -Infinity, toMs } = momentsOf(search)
  let after = search.page ?? (toMs === undefined ? undefined : upTo(toMs))
  for (let lookedAt = 0; lookedAt < MOST_LOOKED_AT;) {
    const refs = await model.list({ prefix: list, limit: search.limit, ...(after !== undefined && { after: list + after }) })
    for (const each of await toOrders(refs, model)) {
      if (each.placedAtMs < fromMs) return { orders: found }
      after = latestFirst(each)
      if (isWanted(each, search)) found.push(toListed(each))
      if (found.length === search.limit) return { orders: found, next: after }
    }
    if (refs.length < search.limit) return { orders: found }
    lookedAt += refs.length
  }
  return { orders: found, next: after }
}

/** The shortest list that has all that is wanted. */
function listFor({ number, email, productId, order, payment, fulfilment }: OrderSearch): string {
  if (number !== undefined) return lists.number(number)
  if (email !== undefined) return lists.email(email)
  if (productId !== undefined) return lists.product(productId)
  if (fulfilment !== undefined) return lists.status('fulfilment', fulfilment)
  if (payment !== undefined) return lists.status('payment', payment)
  return order === undefined ? lists.all : lists.status('order', order)
}

const isWanted = (found: StoredOrder, search: OrderSearch): boolean =>
  (search.email === undefined || found.email === search.email) &&
  (search.productId === undefined || Object.hasOwn(found.lines, search.productId)) &&
  (['number', 'order', 'payment', 'fulfilment'] as const).every((each) => search[each] === undefined || found[each] === search[each])
