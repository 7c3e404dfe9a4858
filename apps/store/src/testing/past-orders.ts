/** Orders that have come to all sorts of ends: chance decides how far each got, and a seed decides chance. */
import { event } from '@millrace/core'
import { happenedAt } from '@millrace/testing'
import type { Random } from 'app-kit/random'
import { order } from '../ordering/order.ts'
import { toOrderNumber } from '../ordering/order-number.ts'

export const HOUR_MS = 3_600_000
export const PRODUCTS = ['lamp', 'rug', 'vase'] as const
export const customerOf = (n: number): string => `00000000-0000-4000-8000-${String(n % 7).padStart(12, '0')}`
export const emailOf = (n: number): string => `customer-${n % 7}@example.org`
export const orderIdOf = (n: number): string => `past-order-${String(n).padStart(8, '0')}`

/** All that happened to the `n`th order; three of them are placed in the same millisecond. */
export function pastOrder(n: number, random: Random): ReturnType<typeof happenedAt> {
  const [key, first] = [orderIdOf(n), random.below(PRODUCTS.length)]
  const products = PRODUCTS.slice(first, first + 1 + random.below(2))
  const lines = products.map((productId) => ({ productId, quantity: 2 }))
  const [each] = [products.map((productId) => ({ productId, quantity: 1 }))]
  const about = {
    number: toOrderNumber(key),
    customerId: customerOf(n),
    email: emailOf(n),
    name: `Customer ${n % 7}`,
    address: { street: 'Millrace 1', city: 'Cork', postcode: 'T12', country: 'Ireland' },
    paymentMethod: 'card',
    payUntilMs: 0,
  }
  const cancelled = event('OrderCancelled', { by: 'customer', reason: 'customer', release: [...products] })
  const refund = event('RefundRequested', { refundId: 'r', attempt: 1, amountCents: 100, reason: 'goodwill' })
  const steps = [
    [event('OrderPlaced', { ...about, lines: lines.map((line) => ({ ...line, agreedPriceCents: 1_000 })) })],
    [
      ...lines.map((line) => event('LineReserved', { ...line, name: `A ${line.productId}`, priceCents: 1_000 })),
      event('OrderReserved', { totalCents: 2_000 * lines.length }),
    ],
    [event('PaymentRequested', { attempt: 1, amountCents: 2_000 * lines.length, method: 'card' })],
    [event('PaymentCaptured', { attempt: 1, amountCents: 2_000 * lines.length }), event('OrderConfirmed', {})],
    [event('ParcelPacked', { parcelId: 'p1', lines: each, staff: 'Ann' })],
    [event('ParcelPacked', { parcelId: 'p2', lines: each, staff: 'Ann' })],
    [event('ParcelShipped', { parcelId: 'p1', lines: each, carrier: 'c', tracking: 't', staff: 'Ann' })],
    [event('ParcelShipped', { parcelId: 'p2', lines: each, carrier: 'c', tracking: 't', staff: 'Ann' })],
    [event('ParcelDelivered', { parcelId: 'p1' }), event('ParcelDelivered', { parcelId: 'p2' }), event('OrderCompleted', {})],
  ]
  const done = 1 + random.below(steps.length)
  const ends = [
    done < 4 && random.next() < 0.4 ? [cancelled] : [],
    done >= 4 && random.next() < 0.4
      ? [
          refund,
          random.pick([
            event('RefundMade', { refundId: 'r', amountCents: 100 }),
            event('RefundFailed', { refundId: 'r', amountCents: 100, reason: 'away' }),
          ]),
        ]
      : [],
  ]
  return happenedAt(Math.floor(n / 3) * HOUR_MS, order, key, ...steps.slice(0, done).flat(), ...ends.flat())
}
