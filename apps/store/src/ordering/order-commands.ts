import { z } from 'zod'
import { MAX_QUANTITY, REFUSALS } from '../catalogue/product.ts'
import { customerId, orderId, parcelId, productId, refundId, returnId } from '../ids.ts'

/** How long an order waits for its payment, at most and unless the customer wants less: 30 minutes, in milliseconds. */
export const PAY_WITHIN_MS = 1_800_000

const text = (most: number) => z.string().trim().min(1).max(most)
const cents = z.int().min(1).max(1_000_000_000)
const attempt = z.int().min(1)
const staff = text(60)
const method = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'a payment method is lower-case letters, digits and hyphens, such as card')
const email = z.string().trim().toLowerCase().max(200).pipe(z.email())
const quantity = z.int().min(1).max(MAX_QUANTITY)

/** At least one line, no product twice. */
const quantities = z
  .array(z.strictObject({ productId, quantity }))
  .min(1)
  .max(50)
  .check(({ value, issues }) => {
    value.forEach((line, at) => {
      if (value.findIndex((other) => other.productId === line.productId) < at)
        issues.push({ code: 'custom', path: [at], message: `${line.productId} is named twice`, input: value })
    })
  })

export const orderCommands = {
  PlaceOrder: z.strictObject({
    orderId,
    customerId,
    email,
    name: text(120),
    address: z.strictObject({ street: text(120), city: text(80), postcode: text(20), country: text(60) }),
    /** A product on several lines counts once, with the sum. */
    lines: z
      .array(
        z.strictObject({
          productId,
          quantity,
          /** What the customer saw. Who pays more than that is asked first; the price itself is the catalogue's. */
          agreedPriceCents: cents,
        }),
      )
      .min(1)
      .max(50),
    paymentMethod: method,
    payWithinMs: z.int().min(1_000).max(PAY_WITHIN_MS).default(PAY_WITHIN_MS),
  }),
  RetryPayment: z.strictObject({ orderId, paymentMethod: method }),
  CancelOrder: z.strictObject({ orderId }),
  /** The same, by the shop. */
  WithdrawOrder: z.strictObject({ orderId, staff }),
  /** Without lines: all that is not packed yet. */
  PackParcel: z.strictObject({ orderId, parcelId, staff, lines: quantities.optional() }),
  ShipParcel: z.strictObject({ orderId, parcelId, staff, carrier: text(60), tracking: text(60) }),
  ConfirmDelivery: z.strictObject({ orderId, parcelId }),
  ReportDelay: z.strictObject({ orderId, note: text(300), expectedAt: z.iso.date() }),
  RequestReturn: z.strictObject({ orderId, returnId, lines: quantities, reason: text(300) }),
  /** The goods are back; `restock`: they can be sold again. */
  ReceiveReturn: z.strictObject({ orderId, returnId, restock: z.boolean(), staff }),
  RefundOrder: z.strictObject({ orderId, refundId, amountCents: cents, staff }),
  RetryRefund: z.strictObject({ orderId, refundId, staff }),

  RecordReservation: z.strictObject({ orderId, productId, name: z.string(), quantity, priceCents: cents }),
  RecordRefusal: z.strictObject({
    orderId,
    productId,
    reason: z.enum(REFUSALS),
    available: z.int(),
    priceCents: cents.optional(),
  }),
  RecordPayment: z.strictObject({ orderId, attempt, amountCents: cents }),
  RecordDecline: z.strictObject({ orderId, attempt, reason: z.string() }),
  RecordNoAnswer: z.strictObject({ orderId, attempt, reason: z.string() }),
  RecordVoid: z.strictObject({ orderId, attempt, wasCaptured: z.boolean() }),
  RecordRefund: z.strictObject({ orderId, refundId }),
  RecordFailedRefund: z.strictObject({ orderId, refundId, reason: z.string() }),
  ExpirePayment: z.strictObject({ orderId }),
}

type Commands = typeof orderCommands
export type DataOf<Name extends keyof Commands> = z.output<Commands[Name]>
