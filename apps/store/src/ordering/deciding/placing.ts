/** From placing an order to having all of its goods, and the ways out before they are packed. */
import { cancel, command, event, reject, schedule, type DecideContext } from '@millrace/core'
import type { DataOf } from '../order-commands.ts'
import { toOrderNumber } from '../order-number.ts'
import { paidBy, refundable, type OrderState } from '../order-state.ts'

/** One timer for each order: by then it is paid, or over. */
export const PAYMENT_TIMER = 'payment'

export const placingDecisions = {
  PlaceOrder: (data: DataOf<'PlaceOrder'>, state: OrderState, { nowMs }: DecideContext) => {
    if (state.status !== 'none') return reject('order-exists')
    const { orderId, customerId, email, name, address, paymentMethod, payWithinMs } = data
    const payUntilMs = nowMs + payWithinMs
    return [
      event('OrderPlaced', {
        number: toOrderNumber(orderId),
        customerId,
        email,
        name,
        address,
        lines: summed(data.lines),
        paymentMethod,
        payUntilMs,
      }),
      schedule(payUntilMs, command('ExpirePayment', { orderId }), { name: PAYMENT_TIMER }),
    ]
  },

  RecordReservation: ({ productId, name, quantity, priceCents }: DataOf<'RecordReservation'>, state: OrderState) => {
    // Over already: its reservations are released anyway.
    if (state.status !== 'pending' || state.lines.every((line) => line.productId !== productId || line.name !== undefined)) return []
    const others = state.lines.filter((line) => line.productId !== productId)
    const reserved = event('LineReserved', { productId, name, quantity, priceCents })
    if (others.some((line) => line.priceCents === undefined)) return [reserved]
    const totalCents = others.reduce((sum, line) => sum + line.quantity * (line.priceCents ?? 0), quantity * priceCents)
    return [
      reserved,
      event('OrderReserved', { totalCents }),
      event('PaymentRequested', { attempt: 1, amountCents: totalCents, method: state.method }),
    ]
  },

  /** All or nothing: one product that is refused ends the order, and gives the others back. */
  RecordRefusal: ({ orderId: _, ...why }: DataOf<'RecordRefusal'>, state: OrderState) =>
    state.status === 'pending' ? [cancelled(state, { by: 'system', ...why }), cancel(PAYMENT_TIMER)] : [],

  ExpirePayment: (_data: DataOf<'ExpirePayment'>, state: OrderState, { nowMs }: DecideContext) =>
    state.status === 'pending' && nowMs >= state.payUntilMs ? [cancelled(state, { by: 'system', reason: 'payment-expired' })] : [],

  CancelOrder: (_data: DataOf<'CancelOrder'>, state: OrderState) => callOff(state, 'customer'),
  WithdrawOrder: (_data: DataOf<'WithdrawOrder'>, state: OrderState) => callOff(state, 'staff'),
}

/** Possible until the first parcel is packed. */
function callOff(state: OrderState, by: 'customer' | 'staff') {
  if (state.status === 'none') return reject('order-unknown')
  if (state.status === 'cancelled') return reject('order-cancelled', { ...state.ended })
  const [packed] = state.parcels.values()
  if (packed !== undefined) return reject('order-packed', { by: packed.staff })
  const attempt = paidBy(state)
  const amountCents = attempt === undefined ? 0 : refundable(state, attempt)
  return [
    cancelled(state, { by, reason: by }),
    cancel(PAYMENT_TIMER),
    ...(attempt !== undefined && amountCents > 0
      ? [event('RefundRequested', { refundId: 'cancelled', attempt, amountCents, reason: 'order-cancelled' })]
      : []),
  ]
}

type Why = Pick<DataOf<'RecordRefusal'>, 'available' | 'priceCents' | 'productId'>

const cancelled = (
  { lines }: OrderState,
  why: Partial<Why> & {
    readonly by: 'customer' | 'staff' | 'system'
    readonly reason: DataOf<'RecordRefusal'>['reason'] | 'payment-expired' | 'customer' | 'staff'
  },
) => event('OrderCancelled', { ...why, release: lines.map(({ productId }) => productId) })

/** One line for each product; of several agreed prices the lowest holds. */
function summed(lines: DataOf<'PlaceOrder'>['lines']): DataOf<'PlaceOrder'>['lines'] {
  const byProduct = new Map<string, DataOf<'PlaceOrder'>['lines'][number]>()
  for (const line of lines) {
    const before = byProduct.get(line.productId)
    const quantity = line.quantity + (before?.quantity ?? 0)
    const agreedPriceCents = Math.min(line.agreedPriceCents, before?.agreedPriceCents ?? Infinity)
    byProduct.set(line.productId, { productId: line.productId, quantity, agreedPriceCents })
  }
  return [...byProduct.values()]
}
