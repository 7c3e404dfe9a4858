/** Orders of the past: what happened to each, and where a search finds them. The `n`th is of the `n`th minute. */
import { toOrderNumber } from '../../../apps/store/src/ordering/order-number.ts'
import { CUSTOMER, PRICE_CENTS, PRODUCTS } from '../orders/ordering.ts'
import type { PastEvent } from '../rebuild/workloads.ts'

const FIRST_MS = Date.UTC(2024, 0, 1)
const MINUTE_MS = 60_000
const CUSTOMERS = 50_000

export const pastOrderId = (n: number): string => `past-order-${String(n).padStart(8, '0')}`
export const placedAtMs = (n: number): number => FIRST_MS + n * MINUTE_MS
export const dayOf = (n: number): string => new Date(placedAtMs(n)).toISOString().slice(0, 10)
export const productOf = (n: number): string => PRODUCTS[(n * 7) % PRODUCTS.length]!

/** A UUID, as customers' ids are. */
export const customerOf = (n: number): string => `00000000-0000-4000-8000-${String(n % CUSTOMERS).padStart(12, '0')}`
export const emailOf = (n: number): string => `customer-${n % CUSTOMERS}@example.org`

/** What an order has come to: as many of each. */
export const STAGES = ['placed', 'cancelled', 'payment-requested', 'confirmed'] as const
export const stageOf = (n: number): (typeof STAGES)[number] => STAGES[n % STAGES.length]!

/** All that happened to the `n`th order, oldest first. */
export function eventsOf(n: number): readonly PastEvent[] {
  const [key, productId, totalCents] = [pastOrderId(n), productOf(n), 2 * PRICE_CENTS]
  const event = (type: string, data: object): PastEvent => ({ type, key, data })
  const placed = event('OrderPlaced', {
    ...CUSTOMER,
    number: toOrderNumber(key),
    customerId: customerOf(n),
    email: emailOf(n),
    lines: [{ productId, quantity: 2, agreedPriceCents: PRICE_CENTS }],
    paymentMethod: 'card',
    payUntilMs: placedAtMs(n) + 15 * MINUTE_MS,
  })
  const stage = stageOf(n)
  if (stage === 'placed') return [placed]
  if (stage === 'cancelled') return [placed, event('OrderCancelled', { by: 'customer', reason: 'customer', release: [productId] })]
  const requested = [
    placed,
    event('LineReserved', { productId, name: productId, quantity: 2, priceCents: PRICE_CENTS }),
    event('OrderReserved', { totalCents }),
    event('PaymentRequested', { attempt: 1, amountCents: totalCents, method: 'card' }),
  ]
  if (stage === 'payment-requested') return requested
  return [...requested, event('PaymentCaptured', { attempt: 1, amountCents: totalCents }), event('OrderConfirmed', {})]
}
