/** The smallest show that is still one: its decision is plain functions, so that every peer decides the same. */
import { aggregate, app, event, projection, reject, type Running } from '@millrace/core'
import { z } from 'zod'

export interface HoldSeats {
  readonly showId: string
  readonly holdId: string
  readonly customerId: string
  readonly seats: string[]
}

export interface SeatsHeld {
  readonly holdId: string
  readonly customerId: string
  readonly seats: readonly string[]
}

/** Who holds which seat. */
export type Hall = Map<string, string>

export const emptyHall = (): Hall => new Map()

/** The seat that is taken already, if one is. */
export const takenSeat = (hall: Hall, { seats }: HoldSeats): string | undefined => seats.find((seat) => hall.has(seat))

export const hold = (hall: Hall, { seats, holdId }: SeatsHeld): Hall => {
  for (const seat of seats) hall.set(seat, holdId)
  return hall
}

export const SHOWS = 1_000

/** The `count`th command: shows take turns, so that commands in flight at once are to different shows; each takes two fresh seats. */
export const holdSeats = (count: number): HoldSeats => {
  const row = Math.floor(count / SHOWS) + 1
  return { showId: `show-${count % SHOWS}`, holdId: `hold-${count}`, customerId: `customer-${count}`, seats: [`A-${row}-1`, `A-${row}-2`] }
}

const id = z.string().min(1).max(64)
const seats = z
  .array(z.string().regex(/^[A-Za-z0-9]{1,8}-\d{1,6}-\d{1,4}$/))
  .min(1)
  .max(50)

const hallShow = aggregate('show', {
  commands: { OpenShow: z.object({ showId: id }), HoldSeats: z.object({ showId: id, holdId: id, customerId: id, seats }) },
  events: { ShowOpened: z.object({}), SeatsHeld: z.object({ holdId: id, customerId: id, seats }) },
  rejections: { 'seat-taken': 'One of the seats is taken.' },
  key: ({ showId }) => showId,
  initialState: emptyHall,
  decide: {
    OpenShow: () => [event('ShowOpened', {})],
    HoldSeats: (command, hall) => {
      const seat = takenSeat(hall, command)
      if (seat !== undefined) return reject('seat-taken', { seat })
      const { holdId, customerId, seats } = command
      return [event('SeatsHeld', { holdId, customerId, seats })]
    },
  },
  evolve: { ShowOpened: (hall) => hall, SeatsHeld: hold },
})

const hallMap = projection('seat-map', {
  from: [hallShow],
  document: z.object({ showId: z.string(), taken: z.record(z.string(), z.string()) }),
  on: {
    ShowOpened: (_opened, { key, model }) => model.put(key, { showId: key, taken: {} }),
    SeatsHeld: ({ seats }, { key, model }) => model.patch(key, { taken: Object.fromEntries(seats.map((seat) => [seat, 'held'])) }),
  },
  queries: (query) => ({
    seatMap: query(z.object({ showId: z.string() }), async ({ showId }, model) => (await model.get(showId)) ?? null),
  }),
})

/** Without a read model: what an event store by itself does. */
export const hallWrites = app('hall-writes', { aggregates: [hallShow], projections: [] })
export const hall = app('hall', { aggregates: [hallShow], projections: [hallMap] })

/** Opens all shows: what a seat map is begun by. */
export async function openShows(running: Running<typeof hallWrites>): Promise<void> {
  await Promise.all(Array.from({ length: SHOWS }, (_, at) => running.send('OpenShow', { showId: `show-${at}` })))
}
