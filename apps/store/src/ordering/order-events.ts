/** What can happen to an order. Stored for ever: new fields are optional, types are never renamed. Money is integer cents (EUR). */
import { z } from 'zod'
import { REFUSALS } from '../catalogue/product.ts'

const quantities = z.array(z.object({ productId: z.string(), quantity: z.number() }))

/** Why an order ended without goods. */
const CANCEL_REASONS = [...REFUSALS, 'payment-expired', 'customer', 'staff'] as const
export const REFUND_REASONS = ['order-cancelled', 'paid-too-late', 'paid-twice', 'goods-returned', 'goodwill'] as const

export const orderEvents = {
  OrderPlaced: z.object({
    /** What people read to each other. */
    number: z.string(),
    customerId: z.string(),
    email: z.string(),
    name: z.string(),
    address: z.object({ street: z.string(), city: z.string(), postcode: z.string(), country: z.string() }),
    /** One for each product. */
    lines: z.array(z.object({ productId: z.string(), quantity: z.number(), agreedPriceCents: z.number() })),
    paymentMethod: z.string(),
    payUntilMs: z.number(),
  }),
  LineReserved: z.object({ productId: z.string(), name: z.string(), quantity: z.number(), priceCents: z.number() }),
  /** All lines are: this is what the order costs. */
  OrderReserved: z.object({ totalCents: z.number() }),
  /** Once for each attempt, numbered from 1. */
  PaymentRequested: z.object({ attempt: z.number(), amountCents: z.number(), method: z.string() }),
  PaymentCaptured: z.object({ attempt: z.number(), amountCents: z.number() }),
  PaymentDeclined: z.object({ attempt: z.number(), reason: z.string() }),
  /** Nobody can say whether the provider took the money: it is told to give back or never take it. */
  PaymentUnresolved: z.object({ attempt: z.number(), reason: z.string() }),
  PaymentVoided: z.object({ attempt: z.number(), wasCaptured: z.boolean() }),
  OrderConfirmed: z.object({}),
  OrderCancelled: z.object({
    by: z.enum(['customer', 'staff', 'system']),
    reason: z.enum(CANCEL_REASONS),
    /** The product that was the reason, where one was; with its price, where that was. */
    productId: z.string().optional(),
    available: z.number().optional(),
    priceCents: z.number().optional(),
    /** Products whose reservation ends. */
    release: z.array(z.string()),
  }),
  RefundRequested: z.object({ refundId: z.string(), attempt: z.number(), amountCents: z.number(), reason: z.enum(REFUND_REASONS) }),
  RefundMade: z.object({ refundId: z.string(), amountCents: z.number() }),
  RefundFailed: z.object({ refundId: z.string(), amountCents: z.number(), reason: z.string() }),
  ParcelPacked: z.object({ parcelId: z.string(), lines: quantities, staff: z.string() }),
  ParcelShipped: z.object({ parcelId: z.string(), lines: quantities, carrier: z.string(), tracking: z.string(), staff: z.string() }),
  ParcelDelivered: z.object({ parcelId: z.string() }),
  DelayReported: z.object({ note: z.string(), expectedAt: z.string() }),
  /** All goods are delivered. */
  OrderCompleted: z.object({}),
  ReturnRequested: z.object({ returnId: z.string(), lines: quantities, reason: z.string() }),
  ReturnReceived: z.object({ returnId: z.string(), lines: quantities, restock: z.boolean(), staff: z.string() }),
}
