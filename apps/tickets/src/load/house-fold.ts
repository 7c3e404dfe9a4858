/**
 * What a show's events come to, folded with nothing of the app's own code, and every rule they break on the way. A map of
 * seats, checked at each event: the check must be too simple to be wrong in the way that what it checks might be.
 */
import type { LogLine } from './log-line.ts'

interface Hold {
  readonly customerId: string
  readonly seats: readonly string[]
  untilMs: number
}

interface Booking {
  readonly customerId: string
  readonly seats: readonly string[]
  readonly totalCents: number
}

/** The data of all events of a show, as far as it is read here. Which of it an event has goes by its type. */
interface EventData {
  readonly sections: readonly { readonly id: string; readonly priceCents: number; readonly rows: number; readonly seatsPerRow: number }[]
  readonly maxSeatsPerCustomer: number
  readonly holdId: string
  readonly bookingId: string
  readonly customerId: string
  readonly seats: readonly string[]
  readonly untilMs: number
  readonly totalCents: number
  readonly isPaid?: boolean
}

/** After these all seats are as they were. */
const NO_SEATS: ReadonlySet<string> = new Set(['CheckoutStarted', 'CheckoutEnded', 'PaidTooLate', 'WaitingListJoined', 'WaitingListLeft'])

export class HouseFold {
  readonly #say: (problem: string) => void
  #prices: ReadonlyMap<string, number> | undefined
  #limit = Infinity
  readonly #taken = new Map<string, { readonly status: string; readonly by: string }>()
  readonly #holds = new Map<string, Hold>()
  readonly #bookings = new Map<string, Booking>()
  readonly #booked = new Set<string>()
  readonly #seatsOf = new Map<string, number>()

  /** `say` is told of every rule that is broken. */
  constructor(say: (problem: string) => void) {
    this.#say = say
  }

  /** As the seat map says it. */
  get taken(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#taken].map(([seat, { status }]) => [seat, status]))
  }

  get sold(): number {
    return this.#bookings.values().reduce((sum, { seats }) => sum + seats.length, 0)
  }

  apply({ type, timeMs, data }: LogLine): void {
    const said = data as EventData
    if (type === 'ShowScheduled') return this.#schedule(said)
    if (this.#prices === undefined) return this.#say(`${type} before the show was scheduled`)
    if (type === 'SeatsHeld') this.#hold(said)
    else if (type === 'HoldExtended') this.#extend(said)
    else if (type === 'HoldReleased') this.#release(said)
    else if (type === 'BookingConfirmed') this.#confirm(said, timeMs)
    else if (type === 'BookingCancelled') this.#cancel(said)
    else if (type === 'SeatsBlocked') this.#take(said.seats, 'blocked', 'the organiser')
    else if (type === 'SeatsUnblocked') this.#free(said.seats, 'blocked', 'the organiser')
    else if (!NO_SEATS.has(type)) this.#say(`an event nobody knows: ${type}`)
  }

  #schedule({ sections, maxSeatsPerCustomer }: EventData): void {
    if (this.#prices !== undefined) return this.#say('the show was scheduled twice')
    this.#limit = maxSeatsPerCustomer
    const prices = new Map<string, number>()
    for (const { id, priceCents, rows, seatsPerRow } of sections) {
      for (let row = 1; row <= rows; row++)
        for (let number = 1; number <= seatsPerRow; number++) prices.set(`${id}-${row}-${number}`, priceCents)
    }
    this.#prices = prices
  }

  #hold({ holdId, customerId, seats, untilMs }: EventData): void {
    if (this.#holds.has(holdId)) this.#say(`hold ${holdId} was given twice`)
    this.#holds.set(holdId, { customerId, seats, untilMs })
    this.#take(seats, 'held', `hold ${holdId}`)
    this.#count(customerId, seats.length)
  }

  #extend({ holdId, untilMs }: EventData): void {
    const hold = this.#holds.get(holdId)
    if (hold === undefined) this.#say(`hold ${holdId} was extended but is not there`)
    else hold.untilMs = untilMs
  }

  #release({ holdId, customerId, seats }: EventData): void {
    if (!isSame(this.#holds.get(holdId), customerId, seats)) this.#say(`hold ${holdId} was released but is not there so`)
    this.#holds.delete(holdId)
    this.#free(seats, 'held', `hold ${holdId}`)
    this.#count(customerId, -seats.length)
  }

  #confirm({ bookingId, holdId, customerId, seats, totalCents, isPaid = false }: EventData, timeMs: number): void {
    const hold = this.#holds.get(holdId)
    if (!isSame(hold, customerId, seats)) this.#say(`booking ${bookingId} was confirmed without hold ${holdId} of the same seats`)
    // What is paid for is booked as long as the seats are there, whatever the hold's time.
    else if (!isPaid && timeMs >= (hold?.untilMs ?? 0)) this.#say(`booking ${bookingId} was confirmed after its hold was over`)
    if (this.#booked.has(bookingId)) this.#say(`booking ${bookingId} was confirmed twice`)
    const total = seats.reduce((sum, seat) => sum + (this.#prices?.get(seat) ?? 0), 0)
    if (total !== totalCents) this.#say(`booking ${bookingId} costs ${totalCents} cents, its seats ${total}`)
    this.#free(seats, 'held', `hold ${holdId}`)
    this.#take(seats, 'sold', `booking ${bookingId}`)
    this.#holds.delete(holdId)
    this.#booked.add(bookingId)
    this.#bookings.set(bookingId, { customerId, seats, totalCents })
  }

  #cancel({ bookingId, customerId, seats, totalCents }: EventData): void {
    const booking = this.#bookings.get(bookingId)
    if (!isSame(booking, customerId, seats) || booking?.totalCents !== totalCents)
      this.#say(`booking ${bookingId} was cancelled but is not there so`)
    this.#bookings.delete(bookingId)
    this.#free(seats, 'sold', `booking ${bookingId}`)
    this.#count(customerId, -seats.length)
  }

  #take(seats: readonly string[], status: string, by: string): void {
    for (const seat of seats) {
      if (this.#prices?.has(seat) !== true) this.#say(`there is no seat ${seat}, but ${by} has it`)
      const before = this.#taken.get(seat)
      if (before !== undefined) this.#say(`double booking: seat ${seat} went to ${by} while it was ${before.status} by ${before.by}`)
      this.#taken.set(seat, { status, by })
    }
  }

  #free(seats: readonly string[], status: string, by: string): void {
    for (const seat of seats) {
      const before = this.#taken.get(seat)
      if (before?.status !== status || before.by !== by)
        this.#say(
          `seat ${seat} was freed as ${status} by ${by}, but was ${before === undefined ? 'free' : `${before.status} by ${before.by}`}`,
        )
      this.#taken.delete(seat)
    }
  }

  #count(customerId: string, change: number): void {
    const have = (this.#seatsOf.get(customerId) ?? 0) + change
    this.#seatsOf.set(customerId, have)
    if (have > this.#limit) this.#say(`customer ${customerId} has ${have} seats, ${this.#limit} are allowed`)
    if (have < 0) this.#say(`customer ${customerId} gave back more seats than they had`)
  }
}

/** A hold or booking is of one customer and the same seats, all of them, from its begin to its end. */
const isSame = (known: Hold | Booking | undefined, customerId: string, seats: readonly string[]): boolean =>
  known?.customerId === customerId && known.seats.length === seats.length && seats.every((seat) => known.seats.includes(seat))
