/** What a product decides from. */
export interface ProductState {
  /** Undefined until it is in the catalogue. */
  readonly details: { readonly name: string; readonly priceCents: number } | undefined
  /** Pieces in the house, those reserved among them. */
  readonly onHand: number
  /** Pieces promised to orders and still here: the sum of `reservations`. Never more than `onHand`. */
  readonly reserved: number
  /** By order, until all of it is shipped or released. */
  readonly reservations: Map<string, Reservation>
  /** The latest orders whose reservation is over, and returns that came in, oldest first: a late repeat finds nothing to do. */
  readonly ended: Set<string>
}

export interface Reservation {
  /** What is left of it, in pieces. */
  readonly quantity: number
  readonly shippedParcels: readonly string[]
}

/** How many are remembered. Command ids are remembered too: this is for what comes much later. */
const MAX_ENDED = 10_000

export const noProduct = (): ProductState => ({ details: undefined, onHand: 0, reserved: 0, reservations: new Map(), ended: new Set() })

export const availableOf = ({ onHand, reserved }: ProductState): number => onHand - reserved

export function endReservation(state: ProductState, orderId: string): void {
  state.reservations.delete(orderId)
  remember(state, orderId)
}

export function remember({ ended }: ProductState, what: string): void {
  ended.add(what)
  if (ended.size <= MAX_ENDED) return
  for (const oldest of ended) {
    ended.delete(oldest)
    return
  }
}
