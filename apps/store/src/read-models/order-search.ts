import { fragment, type Statement, type TableReader } from '@millrace/core'
import { z } from 'zod'
import { FULFILMENT_STATUSES, ORDER_STATUSES, PAYMENT_STATUSES, type ListedOrder } from './order-document.ts'
import { latestFirst, readLatestFirst } from './order-lists.ts'
import { momentsOf, type OrderPage, type OrderSearch } from './order-questions.ts'
import { ALL_ORDERS, fromStatus, type Statuses } from './order-tables.ts'

type Reader = Pick<TableReader, 'rows'>

const found = z
  .object({
    order_id: z.string(),
    number: z.string(),
    email: z.string(),
    name: z.string(),
    placed_ms: z.number(),
    total_cents: z.number().nullable(),
    lines: z.string(),
    status: z.number(),
  })
  .transform(({ order_id: orderId, placed_ms: placedAtMs, total_cents: totalCents, lines, status, ...about }): ListedOrder => ({
    orderId,
    placedAtMs,
    ...about,
    ...fromStatus(status),
    ...(totalCents !== null && { totalCents }),
    lines: JSON.parse(lines) as ListedOrder['lines'],
  }))
const COLUMNS = fragment`o.order_id, o.number, o.email, o.name, o.placed_ms, o.total_cents, o.lines, p.status`
const NOTHING = fragment``
const LINES = ['order', 'payment', 'fulfilment'] as const

// `cross join` has SQLite look where it is told first: it would guess. To PostgreSQL it is a join like any other.

/** A page, the latest orders first. It is short only where there is no next one. */
export async function searchOrders(search: OrderSearch, model: Reader): Promise<OrderPage> {
  const { number, email, productId, limit } = search
  const isByRow =
    number !== undefined || email !== undefined || (productId === undefined && LINES.every((line) => search[line] === undefined))
  const orders = isByRow ? await findByRow(search, model) : await findByPlace(search, model)
  const page = orders.slice(0, limit)
  return { orders: page, ...(orders.length > limit && { next: latestFirst(page.at(-1)!) }) }
}

/** By an index of the orders. Of one number, and of one e-mail address, there are few: their statuses are looked at one by one. */
async function findByRow(search: OrderSearch, model: Reader): Promise<readonly ListedOrder[]> {
  const { number, email, productId = ALL_ORDERS, order, payment, fulfilment, limit } = search
  const isOfAddress =
    number === undefined
      ? fragment`and o.email = ${email ?? ''}`
      : // By the number's index: an address may have many more orders.
        fragment`and o.email || '' = ${email ?? ''}`
  return model.rows(found)`
    select ${COLUMNS} from orders o cross join order_places p
    where p.order_id = o.order_id and p.product_id = ${productId} ${within(search, fragment`o`)}
      ${number === undefined ? NOTHING : fragment`and o.number = ${number}`}
      ${email === undefined ? NOTHING : isOfAddress}
      ${order === undefined ? NOTHING : fragment`and p.status / 256 = ${ORDER_STATUSES.indexOf(order)}`}
      ${payment === undefined ? NOTHING : fragment`and p.status / 16 % 16 = ${PAYMENT_STATUSES.indexOf(payment)}`}
      ${fulfilment === undefined ? NOTHING : fragment`and p.status % 16 = ${FULFILMENT_STATUSES.indexOf(fulfilment)}`}
    order by o.placed_ms desc, o.order_id limit ${limit + 1}`
}

/** From a range of the index for each combination of statuses that is wanted, the latest; of those the latest of all. */
async function findByPlace(search: OrderSearch, model: Reader): Promise<readonly ListedOrder[]> {
  const { productId = ALL_ORDERS, limit } = search
  const statuses = await statusesFor(search, model)
  if (statuses.length === 0) return []
  const ranges = statuses.map(
    (status) => fragment`select * from (
      select p.order_id, p.placed_ms, p.status from order_places p
      where p.product_id = ${productId} and p.status = ${status} ${within(search, fragment`p`)}
      order by p.placed_ms desc, p.order_id limit ${limit + 1}) as r`,
  )
  return model.rows(found)`
    select ${COLUMNS} from (
      select * from (${joined(ranges, fragment` union all `)}) as u order by placed_ms desc, order_id limit ${limit + 1}
    ) as p cross join orders o where o.order_id = p.order_id
    order by p.placed_ms desc, p.order_id`
}

/** The combinations that are wanted, of those that there are: a few dozen, each one step in the index. */
async function statusesFor(search: OrderSearch, model: Reader): Promise<readonly number[]> {
  const { productId = ALL_ORDERS } = search
  const rows = await model.rows(z.object({ status: z.number() }))`
    with recursive there(status) as (
      select min(status) from order_places where product_id = ${productId}
      union all
      select (select min(p.status) from order_places p where p.product_id = ${productId} and p.status > there.status)
      from there where there.status is not null
    ) select status from there where status is not null`
  const isWanted = (statuses: Statuses): boolean => LINES.every((line) => search[line] === undefined || statuses[line] === search[line])
  return rows.map(({ status }) => status).filter((status) => isWanted(fromStatus(status)))
}

/** The days that are asked for, and what comes after the page before. One upper bound: an index begins at one only. */
function within(search: OrderSearch, table: Statement): Statement {
  const { fromMs, toMs = Infinity } = momentsOf(search)
  const after = search.page === undefined ? undefined : readLatestFirst(search.page)
  const latestMs = Math.min(toMs, after?.placedAtMs ?? Infinity)
  return fragment`
    ${fromMs === undefined ? NOTHING : fragment`and ${table}.placed_ms >= ${fromMs}`}
    ${latestMs === Infinity ? NOTHING : fragment`and ${table}.placed_ms <= ${latestMs}`}
    ${after === undefined ? NOTHING : fragment`and (${table}.placed_ms < ${after.placedAtMs} or ${table}.order_id > ${after.orderId})`}`
}

const joined = (parts: readonly Statement[], by: Statement): Statement => parts.reduce((before, each) => fragment`${before}${by}${each}`)
