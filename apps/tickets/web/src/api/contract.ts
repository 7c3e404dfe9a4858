/** What the page shows of the app's answers. Money in integer cents (EUR), `…Ms` in the server's epoch milliseconds. */
export interface Section {
  readonly id: string
  readonly name: string
  readonly priceCents: number
  readonly rows: number
  readonly seatsPerRow: number
}

export interface Show {
  readonly showId: string
  readonly title: string
  readonly venue: string
  readonly startsAt: string
  readonly capacity: number
  /** Blocked seats are not free. */
  readonly free: number
  readonly held: number
  readonly sold: number
  readonly blocked: number
  readonly fromCents: number
  readonly toCents: number
  readonly holdMs: number
  readonly maxSeatsPerCustomer: number
}

export type TakenStatus = 'held' | 'sold' | 'blocked'

/** An RFC 7396 merge patch of a seat map: null frees a seat. */
export interface SeatMapPatch {
  readonly taken?: Readonly<Record<string, TakenStatus | null>>
}

export interface Hold {
  readonly holdId: string
  readonly showId: string
  readonly customerId: string
  readonly seats: readonly string[]
  readonly untilMs: number
  readonly status: 'held' | 'released' | 'expired' | 'confirmed'
  readonly extended: boolean
  readonly bookingId?: string | undefined
}

export interface BookedSeat {
  readonly seat: string
  /** The section's name, not its id. */
  readonly section: string
  readonly priceCents: number
}

export interface Booking {
  readonly bookingId: string
  readonly showId: string
  readonly title: string
  readonly venue: string
  readonly startsAt: string
  readonly customerId: string
  readonly seats: readonly BookedSeat[]
  readonly totalCents: number
  readonly status: 'confirmed' | 'cancelled'
  readonly confirmedAtMs: number
}

export interface SectionSales {
  readonly id: string
  readonly name: string
  readonly capacity: number
  readonly sold: number
  readonly held: number
  readonly blocked: number
  readonly revenueCents: number
}

export interface Sales {
  readonly showId: string
  readonly title: string
  readonly capacity: number
  readonly free: number
  readonly held: number
  readonly sold: number
  readonly blocked: number
  readonly revenueCents: number
  readonly bySection: readonly SectionSales[]
  readonly bookings: number
  readonly cancelled: number
  readonly expiredHolds: number
}

/** Its parts are told in any order: `booking` is of the seats, `payment` and `refund` of the money. */
export interface Checkout {
  readonly showId: string
  readonly bookingId: string
  readonly holdId: string
  readonly customerId: string
  readonly seats: readonly string[]
  readonly amountCents: number
  readonly method: string
  readonly startedAtMs: number
  /** `ended`: nothing was paid. `lost`: paid too late for the seats. */
  readonly booking: 'open' | 'ended' | 'confirmed' | 'lost' | 'cancelled'
  /** Paid when the hold was over; the seats were still free. */
  readonly isLate?: boolean | undefined
  readonly payment: 'requested' | 'captured' | 'declined' | 'unresolved' | 'voided'
  readonly reason?: string | undefined
  readonly refund: 'none' | 'requested' | 'made' | 'delayed'
}

export interface Waiter {
  readonly waiterId: string
  readonly customerId: string
  readonly quantity: number
  readonly section?: string | undefined
  /** `offered`: seats are held for them, in a hold of the same id. */
  readonly status: 'waiting' | 'offered' | 'booked' | 'left' | 'missed'
  readonly sinceMs: number
  /** How many have waited longer. */
  readonly before: number
}
