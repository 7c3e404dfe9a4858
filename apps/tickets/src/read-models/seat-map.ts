/** The seats of a show that are not free. The query gives the document as it stands, so live queries carry its patches. */
import { ignore, projection } from '@millrace/core'
import { z } from 'zod'
import { showId } from '../booking/ids.ts'
import { show } from '../booking/show.ts'
import { seatsAsTheyWere } from './other-events.ts'

const status = z.enum(['held', 'sold', 'blocked'])

const document = z.object({
  showId: z.string(),
  sections: z.array(z.object({ id: z.string(), name: z.string(), priceCents: z.number(), rows: z.number(), seatsPerRow: z.number() })),
  taken: z.record(z.string(), status),
})

const all = <To extends z.infer<typeof status> | null>(seats: readonly string[], to: To): { taken: Record<string, To> } => ({
  taken: Object.fromEntries(seats.map((seat) => [seat, to])),
})

export const seatMap = projection('seat-map', {
  from: [show],
  document,
  on: {
    ...seatsAsTheyWere,
    ShowScheduled: ({ showId, sections }, { model, key }) => model.put(key, { showId, sections, taken: {} }),
    SeatsHeld: ({ seats }, { model, key }) => model.patch(key, all(seats, 'held')),
    HoldExtended: ignore,
    HoldReleased: ({ seats }, { model, key }) => model.patch(key, all(seats, null)),
    BookingConfirmed: ({ seats }, { model, key }) => model.patch(key, all(seats, 'sold')),
    BookingCancelled: ({ seats }, { model, key }) => model.patch(key, all(seats, null)),
    SeatsBlocked: ({ seats }, { model, key }) => model.patch(key, all(seats, 'blocked')),
    SeatsUnblocked: ({ seats }, { model, key }) => model.patch(key, all(seats, null)),
  },
  queries: (query) => ({
    seatMap: query(z.object({ showId }), async ({ showId }, model) => (await model.get(showId)) ?? null, { result: document.nullable() }),
  }),
})
