/** Orders: each with its timeline, and lists of them for customers, for staff and for a search. */
import { projection, type EventContext, type Patch } from '@millrace/core'
import { z } from 'zod'
import { customerId, orderId, productId } from '../ids.ts'
import { readOrderNumber } from '../ordering/order-number.ts'
import { order } from '../ordering/order.ts'
import {
  ACTIONS,
  FULFILMENT_STATUSES,
  listed,
  ORDER_STATUSES,
  PAYMENT_STATUSES,
  shown,
  stored,
  toListed,
  toShown,
  type StoredOrder,
} from './order-document.ts'
import { changingKeys, fixedKeys, lists, orderKey } from './order-index.ts'
import { searchOrders, toOrders } from './order-search.ts'
import { fulfilmentStatus, paymentStatus } from './order-statuses.ts'

/** An order, or an entry of a list that leads to one. */
const document = z.union([stored, z.object({ ref: z.string() })])
export type OrdersDocument = z.infer<typeof document>

type Context = EventContext<OrdersDocument>
type Step = Omit<StoredOrder['timeline'][string], 'atMs'>

/** Changes an order, notes the step, and moves it from list to list. */
async function change(
  { model, key: orderId, timeMs: atMs }: Context,
  step: Step | undefined,
  toPatch: (order: StoredOrder) => Patch<StoredOrder> = () => ({}),
): Promise<void> {
  const before = await model.get(orderKey(orderId))
  if (before === undefined || 'ref' in before) throw new Error(`order ${orderId} is not known before something happens to it`)
  const patch: Patch<StoredOrder> = { ...toPatch(before) }
  const after = patched(before, patch) as StoredOrder
  const statuses = { payment: paymentStatus(after), fulfilment: fulfilmentStatus(after) }
  const timeline = step === undefined ? {} : { timeline: { [String(Object.keys(before.timeline).length)]: { atMs, ...step } } }
  // Told apart before the patch, which may change the very document that was read.
  const [from, to] = [changingKeys(before), changingKeys({ ...after, ...statuses })]
  model.patch(orderKey(orderId), { ...patch, ...statuses, ...timeline })
  for (const each of from) if (!to.includes(each)) model.delete(each)
  for (const each of to) if (!from.includes(each)) model.put(each, { ref: orderId })
}

/** What a patch that removes nothing makes of it, sharing what stays. */
function patched(before: object, patch: object): object {
  const known = before as Readonly<Record<string, unknown>>
  const after = { ...known }
  for (const [name, value] of Object.entries(patch)) {
    const inner = known[name]
    after[name] = isObject(value) && isObject(inner) ? patched(inner, value) : (value as unknown)
  }
  return after
}
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Adds to a count of the lines named. */
const add = (
  { lines }: StoredOrder,
  what: 'packed' | 'shipped' | 'delivered' | 'returned',
  quantities: readonly { readonly productId: string; readonly quantity: number }[],
): Patch<StoredOrder> => ({
  lines: Object.fromEntries(
    quantities.map(({ productId, quantity }) => [productId, { [what]: (lines[productId]?.[what] ?? 0) + quantity }]),
  ),
})

export const orders = projection('orders', {
  from: [order],
  document,
  on: {
    OrderPlaced: ({ lines, paymentMethod: _, ...about }, { model, key: orderId, timeMs }) => {
      const placed: StoredOrder = {
        orderId,
        placedAtMs: timeMs,
        ...about,
        order: 'pending',
        payment: 'awaiting',
        fulfilment: 'reserving',
        attempt: 'none',
        capturedCents: 0,
        refundedCents: 0,
        lines: Object.fromEntries(lines.map((line) => [line.productId, { ...line, packed: 0, shipped: 0, delivered: 0, returned: 0 }])),
        parcels: {},
        returns: {},
        refunds: {},
        timeline: { 0: { atMs: timeMs, what: 'OrderPlaced' } },
      }
      model.put(orderKey(orderId), placed)
      for (const key of [...fixedKeys(placed), ...changingKeys(placed)]) model.put(key, { ref: orderId })
    },
    LineReserved: ({ productId, name, priceCents }, context) =>
      change(context, undefined, () => ({ lines: { [productId]: { name, priceCents } } })),
    OrderReserved: ({ totalCents }, context) => change(context, { what: 'OrderReserved' }, () => ({ totalCents })),
    PaymentRequested: ({ amountCents }, context) =>
      change(context, { what: 'PaymentRequested', amountCents }, () => ({ attempt: 'requested' })),
    PaymentCaptured: ({ amountCents }, context) =>
      change(context, { what: 'PaymentCaptured', amountCents }, ({ capturedCents }) => ({
        attempt: 'captured',
        capturedCents: capturedCents + amountCents,
      })),
    PaymentDeclined: ({ reason }, context) => change(context, { what: 'PaymentDeclined', detail: reason }, () => ({ attempt: 'declined' })),
    PaymentUnresolved: (_data, context) => change(context, { what: 'PaymentUnresolved' }, () => ({ attempt: 'unresolved' })),
    // Another attempt may be under way, or have gone well.
    PaymentVoided: (_data, context) =>
      change(context, { what: 'PaymentVoided' }, ({ attempt }) => (attempt === 'unresolved' ? { attempt: 'voided' } : {})),
    OrderConfirmed: (_data, context) => change(context, { what: 'OrderConfirmed' }, () => ({ order: 'confirmed' })),
    OrderCancelled: ({ release: _, ...cancelled }, context) =>
      change(context, { what: 'OrderCancelled', detail: cancelled.reason }, () => ({ order: 'cancelled', cancelled })),
    OrderCompleted: (_data, context) => change(context, { what: 'OrderCompleted' }, () => ({ order: 'completed' })),

    RefundRequested: ({ refundId, amountCents, reason }, context) =>
      change(context, { what: 'RefundRequested', amountCents, detail: reason }, () => ({
        refunds: { [refundId]: { refundId, amountCents, reason, status: 'requested' } },
      })),
    RefundMade: ({ refundId, amountCents }, context) =>
      change(context, { what: 'RefundMade', amountCents }, ({ refundedCents }) => ({
        refunds: { [refundId]: { status: 'made' } },
        refundedCents: refundedCents + amountCents,
      })),
    RefundFailed: ({ refundId, amountCents }, context) =>
      change(context, { what: 'RefundFailed', amountCents }, () => ({ refunds: { [refundId]: { status: 'failed' } } })),

    ParcelPacked: ({ parcelId, lines, staff }, context) =>
      change(context, { what: 'ParcelPacked', parcelId, detail: staff }, (known) => ({
        ...add(known, 'packed', lines),
        parcels: { [parcelId]: { parcelId, lines, staff, status: 'packed' } },
      })),
    ParcelShipped: ({ parcelId, lines, carrier, tracking, staff }, context) =>
      change(context, { what: 'ParcelShipped', parcelId, detail: `${carrier} ${tracking}` }, (known) => ({
        ...add(known, 'shipped', lines),
        parcels: { [parcelId]: { carrier, tracking, staff, status: 'shipped' } },
      })),
    ParcelDelivered: ({ parcelId }, context) =>
      change(context, { what: 'ParcelDelivered', parcelId }, (known) => ({
        ...add(known, 'delivered', known.parcels[parcelId]?.lines ?? []),
        parcels: { [parcelId]: { status: 'delivered' } },
      })),
    DelayReported: ({ note, expectedAt }, context) =>
      change(context, { what: 'DelayReported', detail: note }, () => ({ delay: { note, expectedAt } })),
    ReturnRequested: ({ returnId, lines, reason }, context) =>
      change(context, { what: 'ReturnRequested', detail: reason }, () => ({
        returns: { [returnId]: { returnId, lines, reason, status: 'announced' } },
      })),
    ReturnReceived: ({ returnId, lines }, context) =>
      change(context, { what: 'ReturnReceived' }, (known) => ({
        ...add(known, 'returned', lines),
        returns: { [returnId]: { status: 'received' } },
      })),
  },
  queries: (query) => ({
    /** Whoever knows an order's id may see it: the id is a secret of the customer's. */
    order: query(
      z.object({ orderId }),
      async ({ orderId }, model) => {
        const [found] = await toOrders([{ ref: orderId }], model)
        return found === undefined ? null : toShown(found)
      },
      { result: shown.nullable() },
    ),
    /** A customer's latest hundred. */
    ordersOf: query(
      z.object({ customerId }),
      async ({ customerId }, model) =>
        (await toOrders(await model.list({ prefix: lists.customer(customerId), limit: 100 }), model)).map(toListed),
      { result: z.array(listed) },
    ),
    /** Latest first. All that is given must hold; `after`: the `next` of the page before. */
    orders: query(
      z.object({
        number: z
          .string()
          .max(40)
          .transform((text, { addIssue }) => {
            const number = readOrderNumber(text)
            if (number === undefined) addIssue({ code: 'custom', message: 'an order number is as MR-4K7Q-9XWD' })
            return number
          })
          .optional(),
        email: z.string().trim().toLowerCase().max(200).optional(),
        productId: productId.optional(),
        order: z.enum(ORDER_STATUSES).optional(),
        payment: z.enum(PAYMENT_STATUSES).optional(),
        fulfilment: z.enum(FULFILMENT_STATUSES).optional(),
        /** Days (UTC), both included. */
        from: z.iso.date().optional(),
        to: z.iso.date().optional(),
        page: z.string().max(100).optional(),
        limit: z.coerce.number().int().min(1).max(100).default(25),
      }),
      (input, model) => searchOrders(input, model),
      { result: z.object({ orders: z.array(listed), next: z.string().optional() }) },
    ),
    /** What is to be done, by kind, the oldest orders first. */
    board: query(
      z.object({}),
      async (_input, model) =>
        Promise.all(
          ACTIONS.map(async (action) => {
            const refs = await model.list({ prefix: lists.next(action), limit: MOST_ON_BOARD + 1 })
            const found = await toOrders(refs.slice(0, MOST_ON_BOARD), model)
            return { action, orders: found.map(toShown), hasMore: refs.length > MOST_ON_BOARD }
          }),
        ),
      { result: z.array(z.object({ action: z.enum(ACTIONS), orders: z.array(shown), hasMore: z.boolean() })) },
    ),
  }),
})

const MOST_ON_BOARD = 50
