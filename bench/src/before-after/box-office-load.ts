/** What visitors of a ticket shop do, as requests: seats are held, confirmed, cancelled, held and released again, round and round. */
import { seatsOf, showIds } from '../shared/shows.ts'
import { get, post } from '../shared/wire.ts'

const SHOWS = 40
/** One read in so many asks for a booking, the others for a seat map. */
const BOOKING_EVERY = 5
/** Of the bookings that were made, those that are asked for. */
const BOOKINGS = 1_000

export const SHOW_IDS: readonly string[] = showIds(SHOWS)

export interface Read {
  readonly isSeatMap: boolean
  readonly request: string
}

export interface Write {
  readonly request: string
  /** Its two seats can be used again. */
  done(): void
}

interface Pair {
  readonly showId: string
  readonly name: string
  readonly seats: readonly string[]
  turns: number
}

/** What a pair of seats goes through, over and over: every command is accepted, and as many seats are taken at any time. */
const TURNS = ['hold', 'confirm', 'cancel', 'hold', 'release'] as const

/** The load on one shop. Half of each theatre's seats are taken for good; pairs of the others change all the time. */
export class BoxOfficeLoad {
  readonly #idle: Pair[] = []
  readonly #bookings: string[] = []
  readonly #seatMaps = SHOW_IDS.map((showId) => get(`/queries/seatMap?showId=${showId}`))
  #reads = 0
  #turn = 0

  constructor() {
    const seats = seatsOf('theatre')
    // Theatres in turn, as visitors come to all of them.
    for (let at = 4; at + 4 <= seats.length; at += 8) {
      for (const from of [at, at + 2])
        for (const showId of SHOW_IDS) this.#idle.push({ showId, name: `${showId}-${from}`, seats: seats.slice(from, from + 2), turns: 0 })
    }
  }

  /** What takes the first half: four seats of every eight, every other four of them booked. Of each list in order. */
  *opening(): Generator<readonly string[]> {
    const seats = seatsOf('theatre')
    for (let at = 0; at + 4 <= seats.length; at += 8) {
      for (const showId of SHOW_IDS) {
        const holdId = `${showId}-half-${at}`
        const hold = command('HoldSeats', { showId, holdId, customerId: holdId, seats: seats.slice(at, at + 4) })
        if (at % 16 !== 0) yield [hold]
        else {
          this.#book(holdId)
          yield [hold, command('ConfirmBooking', { showId, holdId, bookingId: holdId })]
        }
      }
    }
  }

  read(): Read {
    const at = this.#reads++
    if (at % BOOKING_EVERY !== 0) return { isSeatMap: true, request: this.#seatMaps[at % SHOWS]! }
    const bookingId = this.#bookings[at % this.#bookings.length] ?? 'none'
    return { isSeatMap: false, request: get(`/queries/booking?bookingId=${bookingId}`) }
  }

  /** Undefined where all pairs wait for an answer. */
  write(): Write | undefined {
    const pair = this.#idle.shift()
    if (pair === undefined) return undefined
    const request = this.#next(pair)
    const done = (): void => {
      pair.turns++
      this.#idle.push(pair)
    }
    return { request, done }
  }

  #next({ showId, name, seats, turns }: Pair): string {
    const turn = TURNS[turns % TURNS.length]!
    // Two holds in a round, each with an id that is never used again.
    const round = Math.floor(turns / TURNS.length)
    const holdId = `${name}-${round}-${turns % TURNS.length < 3 ? 'a' : 'b'}`
    if (turn === 'hold') return command('HoldSeats', { showId, holdId, customerId: name, seats })
    if (turn === 'release') return command('ReleaseHold', { showId, holdId })
    if (turn === 'cancel') return command('CancelBooking', { showId, bookingId: holdId })
    this.#book(holdId)
    return command('ConfirmBooking', { showId, holdId, bookingId: holdId })
  }

  #book(bookingId: string): void {
    this.#bookings[this.#turn++ % BOOKINGS] = bookingId
  }
}

const command = (name: string, data: object): string => post(`/commands/${name}`, JSON.stringify(data))
