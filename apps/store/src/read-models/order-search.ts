import type { ModelReader } from '@millrace/core'
import { toListed, type ListedOrder, type StoredOrder } from './order-document.ts'
import { latestFirst, lists, orderKey, upTo } from './order-index.ts'

/** What a search asks for: what is undefined does not matter. */
export interface OrderSearch {
  readonly number?: string | undefined
  readonly email?: string | undefined
  readonly productId?: string | undefined
  readonly order?: StoredOrder['order'] | undefined
  readonly payment?: StoredOrder['payment'] | undefined
  readonly fulfilment?: StoredOrder['fulfilment'] | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly page?: string | undefined
  readonly limit: number
}

export interface OrderPage {
  readonly orders: ListedOrder[]
  /** Where the next page begins; undefined after the last one. A page may be short, and have a next one all the same. */
  readonly next?: string | undefined
}

type Stored = StoredOrder | { readonly ref: string }
type Reader = Pick<ModelReader<Stored>, 'get' | 'list'>

/** One page looks at so many orders at the most: what is rare among them takes several pages, not a long wait. */
const MOST_LOOKED_AT = 200
const DAY_MS = 86_400_000

export async function searchOrders(search: OrderSearch, model: Reader): Promise<OrderPage> {
  const list = listFor(search)
  const found: ListedOrder[] = []
  const fromMs = search.from === undefined ? -Infinity : Date.parse(search.from)
  let after = search.page ?? (search.to === undefined ? undefined : upTo(Date.parse(search.to) + DAY_MS - 1))
  for (let lookedAt = 0; lookedAt < MOST_LOOKED_AT;) {
    const refs = await model.list({ prefix: list, limit: search.limit, ...(after !== undefined && { after: list + after }) })
    for (const each of await toOrders(refs, model)) {
      if (each.placedAtMs < fromMs) return { orders: found }
      after = latestFirst(each.placedAtMs, each.orderId)
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

/** The orders that entries of a list lead to. */
export async function toOrders(refs: readonly Stored[], model: Pick<ModelReader<Stored>, 'get'>): Promise<StoredOrder[]> {
  const found = await Promise.all(refs.map((each) => ('ref' in each ? model.get(orderKey(each.ref)) : Promise.resolve(each))))
  return found.filter((each): each is StoredOrder => each !== undefined && !('ref' in each))
}
