/** All shows, with how many of their seats are free, held, sold and blocked. */
import { ignore, projection, type EventContext } from '@millrace/core'
import { z } from 'zod'
import { show } from '../booking/show.ts'
import { seatsAsTheyWere } from './other-events.ts'

const document = z.object({
  showId: z.string(),
  title: z.string(),
  venue: z.string(),
  startsAt: z.string(),
  capacity: z.number(),
  /** Blocked seats are not free. */
  free: z.number(),
  held: z.number(),
  sold: z.number(),
  blocked: z.number(),
  fromCents: z.number(),
  toCents: z.number(),
  holdMs: z.number(),
  maxSeatsPerCustomer: z.number(),
})
type Show = z.infer<typeof document>
type Status = 'free' | 'held' | 'sold' | 'blocked'

async function move(count: number, from: Status, to: Status, { model, key }: EventContext<Show>): Promise<void> {
  const known = await model.get(key)
  if (known !== undefined) model.patch(key, { [from]: known[from] - count, [to]: known[to] + count })
}

export const shows = projection('shows', {
  from: [show],
  document,
  on: {
    ...seatsAsTheyWere,
    ShowScheduled: ({ sections, ...about }, { model, key }) => {
      const capacity = sections.reduce((sum, { rows, seatsPerRow }) => sum + rows * seatsPerRow, 0)
      const prices = sections.map(({ priceCents }) => priceCents)
      const counts = { capacity, free: capacity, held: 0, sold: 0, blocked: 0 }
      model.put(key, { ...about, ...counts, fromCents: Math.min(...prices), toCents: Math.max(...prices) })
    },
    SeatsHeld: ({ seats }, context) => move(seats.length, 'free', 'held', context),
    HoldExtended: ignore,
    HoldReleased: ({ seats }, context) => move(seats.length, 'held', 'free', context),
    BookingConfirmed: ({ seats }, context) => move(seats.length, 'held', 'sold', context),
    BookingCancelled: ({ seats }, context) => move(seats.length, 'sold', 'free', context),
    SeatsBlocked: ({ seats }, context) => move(seats.length, 'free', 'blocked', context),
    SeatsUnblocked: ({ seats }, context) => move(seats.length, 'blocked', 'free', context),
  },
  queries: (query) => ({
    /** The next one first. */
    shows: query(
      z.object({}),
      async (_input, model) =>
        [...(await model.list({ limit: 10_000 }))].sort((one, other) => Date.parse(one.startsAt) - Date.parse(other.startsAt)),
      { result: z.array(document) },
    ),
  }),
})
