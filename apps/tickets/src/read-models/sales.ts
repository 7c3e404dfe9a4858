/** How a show sells, as its organiser sees it. */
import { ignore, projection, type EventContext } from '@millrace/core'
import { z } from 'zod'
import { showId } from '../booking/ids.ts'
import { fromSeat } from '../booking/seat.ts'
import { show } from '../booking/show.ts'
import { seatsAsTheyWere } from './other-events.ts'

const section = z.object({
  id: z.string(),
  name: z.string(),
  capacity: z.number(),
  sold: z.number(),
  held: z.number(),
  blocked: z.number(),
  revenueCents: z.number(),
})
type Section = z.infer<typeof section>

const document = z.object({
  showId: z.string(),
  title: z.string(),
  /** In the order of the show; the others are by id, so that a booking changes its section only. */
  order: z.array(z.string()),
  priceCents: z.record(z.string(), z.number()),
  sections: z.record(z.string(), section),
  bookings: z.number(),
  cancelled: z.number(),
  expiredHolds: z.number(),
})
type Document = z.infer<typeof document>

const result = z.object({
  showId: z.string(),
  title: z.string(),
  capacity: z.number(),
  free: z.number(),
  held: z.number(),
  sold: z.number(),
  blocked: z.number(),
  revenueCents: z.number(),
  bySection: z.array(section),
  bookings: z.number(),
  cancelled: z.number(),
  expiredHolds: z.number(),
})

/** What changes for each seat of an event, and for the show. */
interface Change {
  readonly seat: Partial<Record<'sold' | 'held' | 'blocked', 1 | -1>>
  readonly show?: Partial<Record<'bookings' | 'cancelled' | 'expiredHolds', 1>>
}

async function count(
  seats: readonly string[],
  { seat: perSeat, show = {} }: Change,
  { model, key }: EventContext<Document>,
): Promise<void> {
  const known = await model.get(key)
  if (known === undefined) return
  const changed: Record<string, Section> = {}
  for (const seat of seats) {
    const { sectionId } = fromSeat(seat)
    const from = changed[sectionId] ?? known.sections[sectionId]
    if (from === undefined) continue
    const { sold = 0, held = 0, blocked = 0 } = perSeat
    changed[sectionId] = {
      ...from,
      sold: from.sold + sold,
      held: from.held + held,
      blocked: from.blocked + blocked,
      revenueCents: from.revenueCents + sold * (known.priceCents[sectionId] ?? 0),
    }
  }
  const { bookings = 0, cancelled = 0, expiredHolds = 0 } = show
  model.patch(key, {
    sections: changed,
    bookings: known.bookings + bookings,
    cancelled: known.cancelled + cancelled,
    expiredHolds: known.expiredHolds + expiredHolds,
  })
}

export const sales = projection('sales', {
  from: [show],
  document,
  on: {
    ...seatsAsTheyWere,
    ShowScheduled: ({ showId, title, sections }, { model, key }) =>
      model.put(key, {
        showId,
        title,
        order: sections.map(({ id }) => id),
        priceCents: Object.fromEntries(sections.map(({ id, priceCents }) => [id, priceCents])),
        sections: Object.fromEntries(
          sections.map(({ id, name, rows, seatsPerRow }) => [
            id,
            { id, name, capacity: rows * seatsPerRow, sold: 0, held: 0, blocked: 0, revenueCents: 0 },
          ]),
        ),
        bookings: 0,
        cancelled: 0,
        expiredHolds: 0,
      }),
    SeatsHeld: ({ seats }, context) => count(seats, { seat: { held: 1 } }, context),
    HoldExtended: ignore,
    HoldReleased: ({ seats, reason }, context) =>
      count(seats, { seat: { held: -1 }, show: reason === 'expired' ? { expiredHolds: 1 } : {} }, context),
    BookingConfirmed: ({ seats }, context) => count(seats, { seat: { held: -1, sold: 1 }, show: { bookings: 1 } }, context),
    BookingCancelled: ({ seats }, context) => count(seats, { seat: { sold: -1 }, show: { cancelled: 1 } }, context),
    SeatsBlocked: ({ seats }, context) => count(seats, { seat: { blocked: 1 } }, context),
    SeatsUnblocked: ({ seats }, context) => count(seats, { seat: { blocked: -1 } }, context),
  },
  queries: (query) => ({
    sales: query(
      z.object({ showId }),
      async ({ showId }, model) => {
        const known = await model.get(showId)
        if (known === undefined) return null
        const { title, order, sections, bookings, cancelled, expiredHolds } = known
        const bySection = order.flatMap((id) => sections[id] ?? [])
        const total = (of: (section: Section) => number): number => bySection.reduce((sum, each) => sum + of(each), 0)
        const [capacity, held, sold, blocked] = [
          total((each) => each.capacity),
          total((each) => each.held),
          total((each) => each.sold),
          total((each) => each.blocked),
        ]
        const free = capacity - held - sold - blocked
        const revenueCents = total((each) => each.revenueCents)
        return { showId, title, capacity, free, held, sold, blocked, revenueCents, bySection, bookings, cancelled, expiredHolds }
      },
      { result: result.nullable() },
    ),
  }),
})
