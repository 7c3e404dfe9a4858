/** Shows of the tickets app as the scripts need them, and commands to them that are all accepted. */
import type { Running } from '@millrace/core'
import type { Tickets } from '../../../apps/tickets/src/app.ts'
import { arena, theatre, type ShowPlan } from '../../../apps/tickets/src/demo/demo-shows.ts'
import { holdSeats } from './hall.ts'

/** Longer than any script: no timer of a hold fires while something is measured. */
const HOLD_MS = 86_400_000

export type HallKind = 'theatre' | 'arena'

export const planOf = (hall: HallKind, showId: string): ShowPlan => ({
  ...(hall === 'theatre' ? theatre : arena)(Date.now(), HOLD_MS),
  showId,
})

/** All seats of a hall, row by row. */
export const seatsOf = (hall: HallKind): readonly string[] =>
  planOf(hall, 'any').sections.flatMap(({ id, rows, seatsPerRow }) =>
    Array.from({ length: rows * seatsPerRow }, (_, at) => `${id}-${Math.floor(at / seatsPerRow) + 1}-${(at % seatsPerRow) + 1}`),
  )

export const showIds = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `show-${at}`)

/** Holds four seats of every eight, and books every other hold: half of the house is taken, in both ways. */
export async function takeHalf(running: Running<Tickets>, hall: HallKind, showId: string): Promise<void> {
  const seats = seatsOf(hall)
  for (let at = 0; at + 4 <= seats.length; at += 8) {
    const holdId = `${showId}-half-${at}`
    await expectAccepted(running.send('HoldSeats', { showId, holdId, customerId: holdId, seats: seats.slice(at, at + 4) }))
    if (at % 16 === 0) await expectAccepted(running.send('ConfirmBooking', { showId, holdId, bookingId: holdId }))
  }
}

export async function expectAccepted(sent: Promise<{ readonly outcome: string }>): Promise<void> {
  const receipt = await sent
  if (receipt.outcome !== 'accepted') throw new Error(`a command was not accepted: ${JSON.stringify(receipt)}`)
}

const arenaSeats = seatsOf('arena')

/** The `count`th hold of two fresh seats, over so many arenas in turn. */
export function holdInArenas(count: number, arenas: number): ReturnType<typeof holdSeats> {
  const pair = Math.floor(count / arenas)
  return { ...holdSeats(count), showId: `show-${count % arenas}`, seats: [arenaSeats[2 * pair]!, arenaSeats[2 * pair + 1]!] }
}
