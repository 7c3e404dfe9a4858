import { Pool } from 'pg'
import { toSeat } from '../../../apps/tickets/src/booking/seat.ts'
import type { ShowPlan } from '../../../apps/tickets/src/demo/demo-shows.ts'
import type { BoxOffice, Refusal } from './box-office.ts'
import { BOOKING, SCHEMA, SEAT_MAP } from './postgres-schema.ts'

const EXPIRE_EVERY_MS = 1_000

/** Readers and writers have connections of their own: what is read never queues behind what is changed. */
export interface Connections {
  readonly readers: number
  readonly writers: number
}

export async function openPostgresBoxOffice(url: string, { readers, writers }: Connections): Promise<BoxOffice> {
  const reading = new Pool({ connectionString: url, max: readers, min: readers })
  const writing = new Pool({ connectionString: url, max: writers, min: writers })
  await writing.query(SCHEMA)
  // Named, so that each connection prepares it once.
  const change = async (name: string, text: string, values: readonly unknown[]): Promise<Refusal> => {
    const { rows } = await writing.query<{ readonly refusal: string | null }>({ name, text, values: [...values] })
    return rows[0]?.refusal ?? undefined
  }
  const read = async (name: string, text: string, id: string): Promise<string | null> => {
    const { rows } = await reading.query<{ readonly json: string }>({ name, text, values: [id] })
    return rows[0]?.json ?? null
  }
  const expire = (): Promise<unknown> =>
    writing.query(`select end_hold(show_id, hold_id, 'expired') from holds where status = 'held' and until_ms <= $1`, [Date.now()])
  const expiring = setInterval(() => void expire(), EXPIRE_EVERY_MS)
  return {
    scheduleShow: (plan) => scheduleShow(writing, plan),
    holdSeats: ({ showId, holdId, customerId, seats }) =>
      change('hold', 'select hold_seats($1, $2, $3, $4, $5) as refusal', [showId, holdId, customerId, seats, Date.now()]),
    releaseHold: (showId, holdId) => change('release', `select end_hold($1, $2, 'released') as refusal`, [showId, holdId]),
    confirmBooking: (showId, holdId, bookingId) =>
      change('confirm', 'select confirm_booking($1, $2, $3, $4) as refusal', [showId, holdId, bookingId, Date.now()]),
    cancelBooking: (showId, bookingId) => change('cancel', 'select cancel_booking($1, $2) as refusal', [showId, bookingId]),
    seatMap: (showId) => read('seat-map', SEAT_MAP, showId),
    booking: (bookingId) => read('booking', BOOKING, bookingId),
    async [Symbol.asyncDispose]() {
      clearInterval(expiring)
      await Promise.all([reading.end(), writing.end()])
    },
  }
}

async function scheduleShow(pool: Pool, plan: ShowPlan): Promise<void> {
  const { showId, title, venue, startsAt, sections, maxSeatsPerCustomer = 8, holdMs = 600_000 } = plan
  await pool.query('insert into shows values ($1, $2, $3, $4, $5, $6)', [showId, title, venue, startsAt, maxSeatsPerCustomer, holdMs])
  for (const [place, { id, name, priceCents, rows, seatsPerRow }] of sections.entries()) {
    await pool.query('insert into sections values ($1, $2, $3, $4, $5, $6, $7)', [showId, id, place, name, priceCents, rows, seatsPerRow])
    const seats = Array.from({ length: rows * seatsPerRow }, (_, at) =>
      toSeat(id, Math.floor(at / seatsPerRow) + 1, (at % seatsPerRow) + 1),
    )
    await pool.query('insert into seats select $1, seat, $2 from unnest($3::text[]) seat', [showId, id, seats])
  }
}
