/** The hold of this browser for one show, as the server last told it. */
export interface HeldSeats {
  readonly holdId: string
  readonly seats: readonly number[]
  readonly untilMs: number
  readonly extended: boolean
}

/** What the cart has to say about the last thing that happened. */
export type CartNote =
  | { readonly kind: 'lost'; readonly lost: readonly number[]; readonly proposed: readonly number[] }
  | { readonly kind: 'refused'; readonly message: string }
  /** There are not as many seats as were asked for: one may wait for them. */
  | { readonly kind: 'sold-out'; readonly quantity: number; readonly section: string | undefined }
  | { readonly kind: 'relaxed'; readonly message: string }
  | { readonly kind: 'expired'; readonly seats: readonly number[] }
  | { readonly kind: 'booked'; readonly bookingId: string }

export interface CartState {
  readonly held: HeldSeats | undefined
  readonly note: CartNote | undefined
  /** A command is on its way. */
  readonly saving: 'hold' | 'best' | 'extend' | 'release' | undefined
}
