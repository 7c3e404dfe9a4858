/** What became of each hold: what a buyer's cart is made of, after a reload and in a second tab. */
import { ignore, projection } from '@millrace/core'
import { z } from 'zod'
import { holdId } from '../booking/ids.ts'
import { show } from '../booking/show.ts'
import { seatsAsTheyWere } from './other-events.ts'

const hold = z.object({
  holdId: z.string(),
  showId: z.string(),
  customerId: z.string(),
  seats: z.array(z.string()),
  untilMs: z.number(),
  status: z.enum(['held', 'released', 'expired', 'confirmed']),
  extended: z.boolean(),
  bookingId: z.string().optional(),
})

/** A hold's id is unique in its show only, so a document holds all of that id: the first in time is the one meant. */
const document = z.object({ byShow: z.record(z.string(), hold.extend({ heldAtMs: z.number() })) })

export const holds = projection('holds', {
  from: [show],
  document,
  on: {
    ...seatsAsTheyWere,
    ShowScheduled: ignore,
    SeatsHeld: async ({ holdId, customerId, seats, untilMs }, { model, key: showId, timeMs }) => {
      const held = { holdId, showId, customerId, seats, untilMs, status: 'held' as const, extended: false, heldAtMs: timeMs }
      if ((await model.get(holdId)) === undefined) model.put(holdId, { byShow: { [showId]: held } })
      else model.patch(holdId, { byShow: { [showId]: { ...held, bookingId: null } } })
    },
    HoldExtended: ({ holdId, untilMs }, { model, key }) => model.patch(holdId, { byShow: { [key]: { untilMs, extended: true } } }),
    HoldReleased: ({ holdId, reason }, { model, key }) => model.patch(holdId, { byShow: { [key]: { status: reason } } }),
    BookingConfirmed: ({ holdId, bookingId }, { model, key }) =>
      model.patch(holdId, { byShow: { [key]: { status: 'confirmed', bookingId } } }),
    BookingCancelled: ignore,
    SeatsBlocked: ignore,
    SeatsUnblocked: ignore,
  },
  queries: (query) => ({
    hold: query(
      z.object({ holdId }),
      async ({ holdId }, model) => {
        const known = await model.get(holdId)
        const [first] = Object.values(known?.byShow ?? {}).sort(
          (one, other) => one.heldAtMs - other.heldAtMs || (one.showId < other.showId ? -1 : 1),
        )
        if (first === undefined) return null
        const { heldAtMs: _, ...found } = first
        return found
      },
      { result: hold.nullable() },
    ),
  }),
})
