/** Bookings as a ticket shows them: with the show's title and the sections' names and prices as they were. */
import { ignore, projection, type EventContext } from '@millrace/core'
import { z } from 'zod'
import { bookingId, customerId } from '../booking/ids.ts'
import { fromSeat } from '../booking/seat.ts'
import { show } from '../booking/show.ts'
import { seatsAsTheyWere } from './other-events.ts'

const booking = z.object({
  bookingId: z.string(),
  showId: z.string(),
  title: z.string(),
  venue: z.string(),
  startsAt: z.string(),
  customerId: z.string(),
  seats: z.array(z.object({ seat: z.string(), section: z.string(), priceCents: z.number() })),
  totalCents: z.number(),
  status: z.enum(['confirmed', 'cancelled']),
  confirmedAtMs: z.number(),
})
type Booking = z.infer<typeof booking>

/** What tickets say of a show. */
const about = z.object({
  title: z.string(),
  venue: z.string(),
  startsAt: z.string(),
  sections: z.record(z.string(), z.object({ name: z.string(), priceCents: z.number() })),
})

/**
 * `show/<showId>` holds `about`; `booking/<bookingId>` and `customer/<customerId>` hold bookings, by show and id: a booking's
 * id is unique in its show only, and the first in time is the one meant.
 */
const document = z.object({ about: about.optional(), bookings: z.record(z.string(), booking) })
type Document = z.infer<typeof document>

const showKey = (showId: string): string => `show/${showId}`
const bookingKey = (bookingId: string): string => `booking/${bookingId}`
const customerKey = (customerId: string): string => `customer/${customerId}`

async function add(key: string, name: string, made: Booking, { model }: EventContext<Document>): Promise<void> {
  const bookings = { [name]: made }
  if ((await model.get(key)) === undefined) model.put(key, { bookings })
  else model.patch(key, { bookings })
}

const byTime = (one: Booking, other: Booking): number => one.confirmedAtMs - other.confirmedAtMs || (one.showId < other.showId ? -1 : 1)

export const bookings = projection('bookings', {
  from: [show],
  document,
  on: {
    ...seatsAsTheyWere,
    ShowScheduled: ({ showId, title, venue, startsAt, sections }, { model }) => {
      const named = Object.fromEntries(sections.map(({ id, name, priceCents }) => [id, { name, priceCents }]))
      model.put(showKey(showId), { about: { title, venue, startsAt, sections: named }, bookings: {} })
    },
    SeatsHeld: ignore,
    HoldExtended: ignore,
    HoldReleased: ignore,
    BookingConfirmed: async ({ bookingId, customerId, seats, totalCents }, context) => {
      const { key: showId, model, timeMs } = context
      const known = (await model.get(showKey(showId)))?.about
      if (known === undefined) throw new Error(`show ${showId} was booked before it was scheduled`)
      const { sections, ...said } = known
      const priced = seats.map((seat) => {
        const section = sections[fromSeat(seat).sectionId]
        if (section === undefined) throw new Error(`show ${showId} has no section for seat ${seat}`)
        return { seat, section: section.name, priceCents: section.priceCents }
      })
      const made: Booking = {
        bookingId,
        showId,
        ...said,
        customerId,
        seats: priced,
        totalCents,
        status: 'confirmed',
        confirmedAtMs: timeMs,
      }
      const name = `${showId}/${bookingId}`
      await add(bookingKey(bookingId), name, made, context)
      await add(customerKey(customerId), name, made, context)
    },
    BookingCancelled: ({ bookingId, customerId }, { key, model }) => {
      const patch = { bookings: { [`${key}/${bookingId}`]: { status: 'cancelled' as const } } }
      model.patch(bookingKey(bookingId), patch)
      model.patch(customerKey(customerId), patch)
    },
    SeatsBlocked: ignore,
    SeatsUnblocked: ignore,
  },
  queries: (query) => ({
    booking: query(
      z.object({ bookingId }),
      async ({ bookingId }, model) => {
        const known = await model.get(bookingKey(bookingId))
        const [first] = Object.values(known?.bookings ?? {}).sort(byTime)
        return first ?? null
      },
      { result: booking.nullable() },
    ),
    /** Newest first. */
    bookingsOf: query(
      z.object({ customerId }),
      async ({ customerId }, model) => {
        const known = await model.get(customerKey(customerId))
        return Object.values(known?.bookings ?? {}).sort((one, other) => byTime(other, one))
      },
      { result: z.array(booking) },
    ),
  }),
})
