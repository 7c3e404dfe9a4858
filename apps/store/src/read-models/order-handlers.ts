/** How events become an order's document. Where it is found then is an index's business: each version of `orders` has one. */
import type { EventContext, Patch } from '@millrace/core'
import type { z } from 'zod'
import type { orderEvents } from '../ordering/order-events.ts'
import type { StoredOrder } from './order-document.ts'
import { orderKey, type OrdersDocument } from './order-lists.ts'
import { fulfilmentStatus, paymentStatus } from './order-statuses.ts'

/** Keeps the ways to an order. Told before the order's document is written, which may change what was read in place. */
export interface OrderIndex<Context> {
  placed(order: StoredOrder, context: Context): void
  changed(before: StoredOrder, after: StoredOrder, context: Context): void
}

type Events = typeof orderEvents
type Handlers<Context> = {
  readonly [Type in keyof Events]: (data: z.infer<Events[Type]>, context: Context) => void | Promise<void>
}
type Step = Omit<StoredOrder['timeline'][string], 'atMs'>

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

export function orderHandlers<Context extends EventContext<OrdersDocument>>(index: OrderIndex<Context>): Handlers<Context> {
  /** Changes an order, notes the step, and tells the index. */
  async function change(
    context: Context,
    step: Step | undefined,
    toPatch: (order: StoredOrder) => Patch<StoredOrder> = () => ({}),
  ): Promise<void> {
    const { model, key: orderId, timeMs: atMs } = context
    const before = await model.get(orderKey(orderId))
    if (before === undefined || 'ref' in before) throw new Error(`order ${orderId} is not known before something happens to it`)
    const patch: Patch<StoredOrder> = { ...toPatch(before) }
    const after = patched(before, patch) as StoredOrder
    const statuses = { payment: paymentStatus(after), fulfilment: fulfilmentStatus(after) }
    const timeline = step === undefined ? {} : { timeline: { [String(Object.keys(before.timeline).length)]: { atMs, ...step } } }
    index.changed(before, { ...after, ...statuses }, context)
    model.patch(orderKey(orderId), { ...patch, ...statuses, ...timeline })
  }

  return {
    OrderPlaced: ({ lines, paymentMethod: _, ...about }, context) => {
      const { model, key: orderId, timeMs } = context
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
      index.placed(placed, context)
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
  }
}
