/**
 * Who takes the money. Every call carries a key: made again with it, it does the same once, and gives the answer of the
 * first time. A call that throws may have been done or not. Amounts are integer cents (EUR).
 */
export interface PaymentProvider {
  charge(charge: Charge, signal: AbortSignal): Promise<ChargeAnswer>
  /** Takes the charge of that key back, if it was captured, and lets it never be captured from then on. */
  voidCharge(charge: { readonly key: string }, signal: AbortSignal): Promise<{ readonly wasCaptured: boolean }>
  /** Gives back part of a captured charge, or all of it. */
  refund(refund: Refund, signal: AbortSignal): Promise<void>
}

export interface Charge {
  readonly key: string
  readonly amountCents: number
  /** What the customer pays with. */
  readonly method: string
}

export interface Refund {
  readonly key: string
  readonly chargeKey: string
  readonly amountCents: number
}

export type ChargeAnswer = { readonly status: 'approved' } | { readonly status: 'declined'; readonly reason: string }
