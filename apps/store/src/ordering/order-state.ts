/** What an order decides from. Orders are many: it holds nothing that no decision reads. */
import type { REFUND_REASONS } from './order-events.ts'

export interface Line {
  readonly productId: string
  readonly quantity: number
  /** Undefined until it is reserved, as is the price. */
  name: string | undefined
  priceCents: number | undefined
  packed: number
  delivered: number
  /** Asked to be returned, or returned. */
  returned: number
}

export type Quantities = readonly { readonly productId: string; readonly quantity: number }[]

export interface Parcel {
  readonly lines: Quantities
  readonly status: 'packed' | 'shipped' | 'delivered'
  /** Who did the latest of it. */
  readonly staff: string
}

export interface Attempt {
  readonly status: 'requested' | 'captured' | 'declined' | 'unresolved' | 'voided'
  readonly amountCents: number
}

export interface Refund {
  readonly attempt: number
  readonly amountCents: number
  readonly reason: (typeof REFUND_REASONS)[number]
  readonly status: 'requested' | 'made' | 'failed'
}

export interface OrderState {
  status: 'none' | 'pending' | 'confirmed' | 'completed' | 'cancelled'
  ended: { readonly by: string; readonly reason: string } | undefined
  lines: Line[]
  totalCents: number
  payUntilMs: number
  method: string
  /** The first is attempt 1. */
  readonly attempts: Attempt[]
  readonly refunds: Map<string, Refund>
  readonly parcels: Map<string, Parcel>
  readonly returns: Map<string, { readonly lines: Quantities; readonly isReceived: boolean }>
}

export const noOrder = (): OrderState => ({
  status: 'none',
  ended: undefined,
  lines: [],
  totalCents: 0,
  payUntilMs: 0,
  method: '',
  attempts: [],
  refunds: new Map(),
  parcels: new Map(),
  returns: new Map(),
})

export const lineOf = ({ lines }: OrderState, productId: string): Line | undefined => lines.find((line) => line.productId === productId)

/** Adds to a count of the lines named. */
export function count(state: OrderState, of: 'packed' | 'delivered' | 'returned', quantities: Quantities): void {
  for (const { productId, quantity } of quantities) {
    const line = lineOf(state, productId)
    if (line !== undefined) line[of] += quantity
  }
}

/** Captured of an attempt, and not given back nor about to be. */
export function refundable({ attempts, refunds }: OrderState, attempt: number): number {
  const captured = attempts[attempt - 1]
  if (captured?.status !== 'captured') return 0
  return [...refunds.values()].reduce(
    (left, refund) => (refund.attempt === attempt ? left - refund.amountCents : left),
    captured.amountCents,
  )
}

/** The attempt that paid for the goods: the first that was captured. */
export function paidBy({ attempts }: OrderState): number | undefined {
  const at = attempts.findIndex(({ status }) => status === 'captured')
  return at < 0 ? undefined : at + 1
}
