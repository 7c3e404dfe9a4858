/** An order as people see it: three lines of status that are told apart, and what happened when. */
import { z } from 'zod'
import { orderEvents } from '../ordering/order-events.ts'

export const ORDER_STATUSES = ['pending', 'confirmed', 'completed', 'cancelled'] as const
export const PAYMENT_STATUSES = [
  'awaiting',
  'requested',
  'declined',
  'unresolved',
  'paid',
  'refund-due',
  'refund-failed',
  'partly-refunded',
  'refunded',
  'unpaid',
] as const
export const FULFILMENT_STATUSES = [
  'reserving',
  'reserved',
  'to-pack',
  'partly-packed',
  'packed',
  'partly-shipped',
  'shipped',
  'partly-delivered',
  'delivered',
  'partly-returned',
  'returned',
  'none',
] as const
/** What somebody has to do next. */
export const ACTIONS = ['pack', 'ship', 'deliver', 'receive-return', 'retry-refund'] as const
export type Action = (typeof ACTIONS)[number]

const quantities = z.array(z.object({ productId: z.string(), quantity: z.number() }))
const line = z.object({
  productId: z.string(),
  name: z.string().optional(),
  quantity: z.number(),
  agreedPriceCents: z.number(),
  priceCents: z.number().optional(),
  packed: z.number(),
  shipped: z.number(),
  delivered: z.number(),
  returned: z.number(),
})
const parcel = z.object({
  parcelId: z.string(),
  lines: quantities,
  status: z.enum(['packed', 'shipped', 'delivered']),
  staff: z.string(),
  carrier: z.string().optional(),
  tracking: z.string().optional(),
})
const goodsReturn = z.object({ returnId: z.string(), lines: quantities, reason: z.string(), status: z.enum(['announced', 'received']) })
const refund = z.object({
  refundId: z.string(),
  amountCents: z.number(),
  reason: z.string(),
  status: z.enum(['requested', 'made', 'failed']),
})

const step = z.object({
  atMs: z.number(),
  /** The event's type. */
  what: z.string(),
  /** A name, a reason, a number to track: what the words about it need. */
  detail: z.string().optional(),
  parcelId: z.string().optional(),
  amountCents: z.number().optional(),
})

const about = {
  orderId: z.string(),
  number: z.string(),
  placedAtMs: z.number(),
  customerId: z.string(),
  email: z.string(),
  name: z.string(),
  address: orderEvents.OrderPlaced.shape.address,
  payUntilMs: z.number(),
  totalCents: z.number().optional(),
  order: z.enum(ORDER_STATUSES),
  payment: z.enum(PAYMENT_STATUSES),
  fulfilment: z.enum(FULFILMENT_STATUSES),
  cancelled: orderEvents.OrderCancelled.omit({ release: true }).optional(),
  delay: z.object({ note: z.string(), expectedAt: z.string() }).optional(),
  capturedCents: z.number(),
  refundedCents: z.number(),
}

/** Lists are kept by name, so that a change is a small patch. */
export const stored = z.object({
  ...about,
  attempt: z.enum(['none', 'requested', 'captured', 'declined', 'unresolved', 'voided']),
  lines: z.record(z.string(), line),
  parcels: z.record(z.string(), parcel),
  returns: z.record(z.string(), goodsReturn),
  refunds: z.record(z.string(), refund),
  timeline: z.record(z.string(), step),
})
export type StoredOrder = z.infer<typeof stored>

// Who is shown one order must not find the customer's others by it.
const { customerId: _, ...aboutShown } = about

/** As the query `order` gives it. */
export const shown = z.object({
  ...aboutShown,
  lines: z.array(line),
  parcels: z.array(parcel),
  returns: z.array(goodsReturn),
  refunds: z.array(refund),
  timeline: z.array(step),
})

/** As lists give it. */
export const listed = z.object({
  orderId: z.string(),
  number: z.string(),
  placedAtMs: z.number(),
  name: z.string(),
  email: z.string(),
  order: z.enum(ORDER_STATUSES),
  payment: z.enum(PAYMENT_STATUSES),
  fulfilment: z.enum(FULFILMENT_STATUSES),
  totalCents: z.number().optional(),
  lines: z.array(z.object({ productId: z.string(), name: z.string().optional(), quantity: z.number() })),
})
export type ListedOrder = z.infer<typeof listed>

export const toShown = ({
  attempt: _,
  customerId: __,
  lines,
  parcels,
  returns,
  refunds,
  timeline,
  ...order
}: StoredOrder): z.infer<typeof shown> => ({
  ...order,
  lines: Object.values(lines),
  parcels: Object.values(parcels),
  returns: Object.values(returns),
  refunds: Object.values(refunds),
  timeline: Object.entries(timeline)
    .sort(([one], [other]) => Number(one) - Number(other))
    .map(([, each]) => each),
})

export const toListed = (order: StoredOrder): ListedOrder => ({
  orderId: order.orderId,
  number: order.number,
  placedAtMs: order.placedAtMs,
  name: order.name,
  email: order.email,
  order: order.order,
  payment: order.payment,
  fulfilment: order.fulfilment,
  ...(order.totalCents !== undefined && { totalCents: order.totalCents }),
  lines: Object.values(order.lines).map(({ productId, name, quantity }) => ({ productId, ...(name !== undefined && { name }), quantity })),
})
