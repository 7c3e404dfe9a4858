/** Who waits for seats of a show, and what came of it. */
import { ignore, projection } from '@millrace/core'
import { z } from 'zod'
import { showId, waiterId } from '../booking/ids.ts'
import { show } from '../booking/show.ts'
import { seatsAsTheyWere } from './other-events.ts'

const waiter = z.object({
  waiterId: z.string(),
  customerId: z.string(),
  quantity: z.number(),
  section: z.string().optional(),
  /** `offered`: seats are held for them, in a hold of the same id. */
  status: z.enum(['waiting', 'offered', 'booked', 'left', 'missed']),
  sinceMs: z.number(),
})

/** By show, so that how many wait before one is a look at one document; those for whom it is over are taken out. */
const document = z.object({ waiting: z.record(z.string(), z.number()), waiters: z.record(z.string(), waiter) })

const found = waiter.extend({
  /** How many have waited longer. */
  before: z.number(),
})

export const waitingList = projection('waiting-list', {
  from: [show],
  document,
  on: {
    ...seatsAsTheyWere,
    ShowScheduled: (_data, { key, model }) => model.put(key, { waiting: {}, waiters: {} }),
    WaitingListJoined: (about, { key, model, timeMs }) =>
      model.patch(key, {
        waiting: { [about.waiterId]: timeMs },
        waiters: { [about.waiterId]: { ...about, status: 'waiting', sinceMs: timeMs } },
      }),
    WaitingListLeft: ({ waiterId }, { key, model }) =>
      model.patch(key, { waiting: { [waiterId]: null }, waiters: { [waiterId]: { status: 'left' } } }),
    SeatsHeld: ({ waiterId }, { key, model }) => {
      if (waiterId !== undefined) model.patch(key, { waiting: { [waiterId]: null }, waiters: { [waiterId]: { status: 'offered' } } })
    },
    HoldReleased: async ({ holdId, reason }, { key, model }) => {
      if ((await model.get(key))?.waiters[holdId] === undefined) return
      model.patch(key, { waiters: { [holdId]: { status: reason === 'expired' ? 'missed' : 'left' } } })
    },
    BookingConfirmed: async ({ holdId }, { key, model }) => {
      if ((await model.get(key))?.waiters[holdId] !== undefined) model.patch(key, { waiters: { [holdId]: { status: 'booked' } } })
    },
    HoldExtended: ignore,
    BookingCancelled: ignore,
    SeatsBlocked: ignore,
    SeatsUnblocked: ignore,
  },
  queries: (query) => ({
    /** One's own place, or null where there is none. */
    waiter: query(
      z.object({ showId, waiterId }),
      async ({ showId, waiterId }, model) => {
        const list = await model.get(showId)
        const mine = list?.waiters[waiterId]
        if (list === undefined || mine === undefined) return null
        const before = Object.values(list.waiting).filter((sinceMs) => sinceMs < mine.sinceMs).length
        return { ...mine, before: mine.status === 'waiting' ? before : 0 }
      },
      { result: found.nullable() },
    ),
    /** How many wait. */
    waiting: query(z.object({ showId }), async ({ showId }, model) => Object.keys((await model.get(showId))?.waiting ?? {}).length, {
      result: z.number(),
    }),
  }),
})
