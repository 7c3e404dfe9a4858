import type { z } from 'zod'
import type { orderEvents } from './order-events.ts'
import { count, lineOf, type Attempt, type OrderState, type Parcel, type Refund } from './order-state.ts'

type Events = typeof orderEvents
type Evolve = { readonly [Type in keyof Events]: (state: OrderState, data: z.output<Events[Type]>) => OrderState }

export const orderEvolve = {
  OrderPlaced: (state, { lines, paymentMethod, payUntilMs }) => {
    state.status = 'pending'
    state.method = paymentMethod
    state.payUntilMs = payUntilMs
    state.lines = lines.map(({ productId, quantity }) => ({
      productId,
      quantity,
      name: undefined,
      priceCents: undefined,
      packed: 0,
      delivered: 0,
      returned: 0,
    }))
    return state
  },
  LineReserved: (state, { productId, name, priceCents }) => {
    const line = lineOf(state, productId)
    if (line !== undefined) Object.assign(line, { name, priceCents })
    return state
  },
  OrderReserved: (state, { totalCents }) => {
    state.totalCents = totalCents
    return state
  },
  PaymentRequested: (state, { attempt, amountCents }) => setAttempt(state, attempt, { status: 'requested', amountCents }),
  PaymentCaptured: (state, { attempt, amountCents }) => setAttempt(state, attempt, { status: 'captured', amountCents }),
  PaymentDeclined: (state, { attempt }) => endAttempt(state, attempt, 'declined'),
  PaymentUnresolved: (state, { attempt }) => endAttempt(state, attempt, 'unresolved'),
  PaymentVoided: (state, { attempt }) => endAttempt(state, attempt, 'voided'),
  OrderConfirmed: (state) => {
    state.status = 'confirmed'
    return state
  },
  OrderCancelled: (state, { by, reason }) => {
    state.status = 'cancelled'
    state.ended = { by, reason }
    return state
  },
  OrderCompleted: (state) => {
    state.status = 'completed'
    return state
  },

  RefundRequested: (state, { refundId, ...refund }) => {
    state.refunds.set(refundId, { ...refund, status: 'requested' })
    return state
  },
  RefundMade: (state, { refundId }) => setRefund(state, refundId, 'made'),
  RefundFailed: (state, { refundId }) => setRefund(state, refundId, 'failed'),

  ParcelPacked: (state, { parcelId, lines, staff }) => {
    state.parcels.set(parcelId, { lines, status: 'packed', staff })
    count(state, 'packed', lines)
    return state
  },
  ParcelShipped: (state, { parcelId, staff }) => setParcel(state, parcelId, { status: 'shipped', staff }),
  ParcelDelivered: (state, { parcelId }) => {
    count(state, 'delivered', state.parcels.get(parcelId)?.lines ?? [])
    return setParcel(state, parcelId, { status: 'delivered' })
  },
  DelayReported: (state) => state,
  ReturnRequested: (state, { returnId, lines }) => {
    state.returns.set(returnId, { lines, isReceived: false })
    count(state, 'returned', lines)
    return state
  },
  ReturnReceived: (state, { returnId, lines }) => {
    state.returns.set(returnId, { lines, isReceived: true })
    return state
  },
} satisfies Evolve

function setAttempt(state: OrderState, attempt: number, to: Attempt): OrderState {
  state.attempts[attempt - 1] = to
  return state
}

function endAttempt(state: OrderState, attempt: number, status: Attempt['status']): OrderState {
  const known = state.attempts[attempt - 1]
  return known === undefined ? state : setAttempt(state, attempt, { ...known, status })
}

function setRefund(state: OrderState, refundId: string, status: Refund['status']): OrderState {
  const known = state.refunds.get(refundId)
  if (known !== undefined) state.refunds.set(refundId, { ...known, status })
  return state
}

function setParcel(state: OrderState, parcelId: string, to: Partial<Parcel>): OrderState {
  const known = state.parcels.get(parcelId)
  if (known !== undefined) state.parcels.set(parcelId, { ...known, ...to })
  return state
}
