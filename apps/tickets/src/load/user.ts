import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from 'app-kit/random'
import { pickSeats } from '../demo/pick-seats.ts'
import type { Asked, Session } from './session.ts'

export type SeatMapSeen = Parameters<typeof pickSeats>[0]

export interface UserOptions {
  readonly session: Session
  readonly customerId: string
  readonly showId: string
  readonly random: Random
  readonly writeRatio: number
  readonly payRatio: number
  readonly thinkMs: number
  readonly startAfterMs: number
  readonly untilMs: number
  /** The seat map as last seen by anybody, and where to keep a newer one. */
  readonly maps: Map<string, { readonly atMs: number; readonly map: SeatMapSeen }>
  /** Told what a seat map was like, and how far the read model was then. */
  readonly onMap: (map: SeatMapSeen, position: Asked['position']) => void
  /** Told where the app broke its word. */
  readonly onProblem: (problem: string) => void
}

/** So old may be the map that a user picks seats on. */
const MAP_MS = 1_000

/** How often a user looks whether the payment has come through. */
const PAYING_LOOK_MS = 100
/** What users pay with: one in six is declined, one in six has its answer lost. */
const CARDS = [...Array<string>(4).fill('card-approved'), 'card-declined', 'card-answer-lost']

/** A user: looks, holds, mostly buys, now and then cancels; thinks in between. One request at a time. */
export async function runUser(options: UserOptions): Promise<void> {
  const { session, customerId, showId, random, writeRatio, payRatio, thinkMs, startAfterMs, untilMs, maps, onMap, onProblem } = options
  const show = encodeURIComponent(showId)
  let holdId: string | undefined
  const bookings: string[] = []

  const hold = async (): Promise<void> => {
    const id = crypto.randomUUID()
    const quantity = 1 + random.below(4)
    const map = maps.get(showId)?.map
    const seats = map !== undefined && random.next() < 0.6 ? pickSeats(map, quantity, () => random.next()) : []
    const receipt = await (seats.length > 0
      ? session.send('HoldSeats', { showId, holdId: id, customerId, seats })
      : session.send('HoldBestAvailable', { showId, holdId: id, customerId, quantity }))
    if (receipt?.outcome === 'accepted') holdId = id
    // Sold out, or the limit reached: somebody has to give seats back.
    else if (receipt?.outcome === 'rejected' && receipt.code !== 'seat-taken') await cancel()
  }

  const cancel = async (): Promise<void> => {
    const bookingId = bookings.pop()
    if (bookingId !== undefined) await session.send('CancelBooking', { showId, bookingId })
  }

  const write = async (): Promise<void> => {
    if (holdId === undefined) return bookings.length > 0 && random.next() < 0.25 ? cancel() : hold()
    const ended = holdId
    holdId = undefined
    if (random.next() < 0.2) {
      await session.send('ReleaseHold', { showId, holdId: ended })
      return
    }
    const bookingId = crypto.randomUUID()
    if (random.next() < payRatio) return payByCard(ended, bookingId)
    const receipt = await session.send('ConfirmBooking', { showId, holdId: ended, bookingId })
    if (receipt?.outcome === 'accepted') await booked(bookingId)
  }

  const booked = async (bookingId: string): Promise<void> => {
    bookings.push(bookingId)
    const seen = await session.ask(`booking?bookingId=${bookingId}`, true)
    if (seen?.text === 'null') onProblem(`booking ${bookingId} was confirmed, but a query after it did not show it`)
  }

  /** Looks until it is known what came of it. With a card that is declined, the seats are still held. */
  const payByCard = async (held: string, bookingId: string): Promise<void> => {
    const receipt = await session.send('Checkout', { showId, holdId: held, bookingId, method: random.pick(CARDS) })
    if (receipt?.outcome !== 'accepted') return
    while (performance.now() < untilMs) {
      const seen = await session.ask(`checkout?showId=${show}&bookingId=${bookingId}`, true)
      if (seen === undefined) return
      const { booking } = (JSON.parse(seen.text) ?? {}) as { readonly booking?: string }
      if (booking === undefined) onProblem(`checkout ${bookingId} was accepted, but a query after it did not show it`)
      if (booking === 'confirmed') return booked(bookingId)
      if (booking === 'ended') holdId = held
      if (booking !== 'open') return
      await sleep(PAYING_LOOK_MS)
    }
  }

  const look = async (): Promise<void> => {
    const mood = random.next()
    if (mood < 0.5) await session.ask('shows', false)
    else if (mood < 0.7) await session.ask(`bookingsOf?customerId=${customerId}`, false)
    else if (mood < 0.8) await session.ask(`sales?showId=${show}`, false)
    else {
      const nowMs = performance.now()
      const isOld = nowMs - (maps.get(showId)?.atMs ?? -Infinity) > MAP_MS
      const asked = await session.ask(`seatMap?showId=${show}`, isOld)
      if (!isOld || asked === undefined || asked.text === 'null') return
      const map = JSON.parse(asked.text) as SeatMapSeen
      maps.set(showId, { atMs: nowMs, map })
      onMap(map, asked.position)
    }
  }

  await sleep(startAfterMs)
  while (performance.now() < untilMs) {
    await (random.next() < writeRatio ? write() : look())
    // Exponential, so that users don't march in step.
    await sleep(Math.min(-Math.log(1 - random.next()) * thinkMs, Math.max(0, untilMs - performance.now())))
  }
}
