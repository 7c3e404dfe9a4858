/** What queries about one show must answer, folded from its events with nothing of the app's own code. */
import type { LogRecord } from './log-record.ts'

/** The data of all events, as far as it is read here. Which of it an event has goes by its type. */
interface EventData {
  readonly showId: string
  readonly title: string
  readonly venue: string
  readonly startsAt: string
  readonly sections: readonly Section[]
  readonly maxSeatsPerCustomer: number
  readonly holdMs: number
  readonly holdId: string
  readonly bookingId: string
  readonly customerId: string
  readonly seats: readonly string[]
  readonly untilMs: number
  readonly totalCents: number
  readonly reason: string
}

interface Section {
  readonly id: string
  readonly name: string
  readonly priceCents: number
  readonly rows: number
  readonly seatsPerRow: number
}

interface Hold {
  readonly holdId: string
  readonly showId: string
  readonly customerId: string
  readonly seats: readonly string[]
  untilMs: number
  status: string
  extended: boolean
  bookingId?: string
}

interface Booking {
  readonly bookingId: string
  readonly customerId: string
  readonly seats: readonly string[]
  readonly totalCents: number
  readonly confirmedAtMs: number
  status: string
}

/** A query by its name, and its input. */
export interface Question {
  readonly name: string
  readonly input: Readonly<Record<string, string>>
}

export class ShowModel {
  #about: EventData | undefined
  readonly #taken = new Map<string, string>()
  readonly #holds = new Map<string, Hold>()
  readonly #bookings = new Map<string, Booking>()
  #expired = 0

  apply({ type, data, timeMs }: LogRecord): void {
    const said = data as EventData
    const { seats, holdId, bookingId } = said
    if (type === 'ShowScheduled') this.#about = said
    else if (type === 'SeatsHeld') {
      const { customerId, untilMs } = said
      this.#holds.set(holdId, { holdId, showId: this.#about?.showId ?? '', customerId, seats, untilMs, status: 'held', extended: false })
      this.#mark(seats, 'held')
    } else if (type === 'HoldExtended') this.#change(holdId, { untilMs: said.untilMs, extended: true })
    else if (type === 'HoldReleased') {
      this.#change(holdId, { status: said.reason })
      if (said.reason === 'expired') this.#expired++
      this.#mark(seats, undefined)
    } else if (type === 'BookingConfirmed') {
      const { customerId, totalCents } = said
      this.#change(holdId, { status: 'confirmed', bookingId })
      this.#bookings.set(bookingId, { bookingId, customerId, seats, totalCents, confirmedAtMs: timeMs, status: 'confirmed' })
      this.#mark(seats, 'sold')
    } else if (type === 'BookingCancelled') {
      const booking = this.#bookings.get(bookingId)
      if (booking !== undefined) booking.status = 'cancelled'
      this.#mark(seats, undefined)
    } else if (type === 'SeatsBlocked') this.#mark(seats, 'blocked')
    else if (type === 'SeatsUnblocked') this.#mark(seats, undefined)
  }

  /** What the query must say now; undefined where this knows no such query. */
  answer({ name, input }: Question): unknown {
    if (name === 'seatMap') return this.#seatMap()
    if (name === 'hold') return this.#holds.get(input['holdId'] ?? '') ?? null
    if (name === 'booking') return this.#booking(input['bookingId'] ?? '')
    if (name === 'sales') return this.#sales()
    return undefined
  }

  #seatMap(): unknown {
    if (this.#about === undefined) return null
    const { showId, sections } = this.#about
    return { showId, sections, taken: Object.fromEntries(this.#taken) }
  }

  #booking(bookingId: string): unknown {
    const booking = this.#bookings.get(bookingId)
    if (booking === undefined || this.#about === undefined) return null
    const { showId, title, venue, startsAt } = this.#about
    const seats = booking.seats.map((seat) => {
      const section = this.#sectionOf(seat)
      return { seat, section: section?.name, priceCents: section?.priceCents }
    })
    return { ...booking, showId, title, venue, startsAt, seats }
  }

  #sales(): unknown {
    if (this.#about === undefined) return null
    const { showId, title, sections } = this.#about
    const bySection = sections.map(({ id, name, priceCents, rows, seatsPerRow }) => {
      const count = (wanted: string): number =>
        this.#taken.entries().reduce((sum, [seat, status]) => sum + Number(status === wanted && seat.startsWith(`${id}-`)), 0)
      const sold = count('sold')
      return {
        id,
        name,
        capacity: rows * seatsPerRow,
        sold,
        held: count('held'),
        blocked: count('blocked'),
        revenueCents: sold * priceCents,
      }
    })
    const total = (name: 'capacity' | 'sold' | 'held' | 'blocked' | 'revenueCents'): number =>
      bySection.reduce((sum, section) => sum + section[name], 0)
    const [capacity, held, sold, blocked] = [total('capacity'), total('held'), total('sold'), total('blocked')]
    const cancelled = this.#bookings.values().reduce((sum, { status }) => sum + Number(status === 'cancelled'), 0)
    return {
      showId,
      title,
      capacity,
      free: capacity - held - sold - blocked,
      held,
      sold,
      blocked,
      revenueCents: total('revenueCents'),
      bySection,
      bookings: this.#bookings.size,
      cancelled,
      expiredHolds: this.#expired,
    }
  }

  #sectionOf(seat: string): Section | undefined {
    return this.#about?.sections.find(({ id }) => seat.startsWith(`${id}-`))
  }

  #mark(seats: readonly string[], status: string | undefined): void {
    for (const seat of seats) {
      if (status === undefined) this.#taken.delete(seat)
      else this.#taken.set(seat, status)
    }
  }

  #change(holdId: string, change: Partial<Hold>): void {
    const hold = this.#holds.get(holdId)
    if (hold !== undefined) Object.assign(hold, change)
  }
}
