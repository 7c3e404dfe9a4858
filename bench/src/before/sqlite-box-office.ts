/**
 * The same on SQLite, in the server's own thread: node:sqlite has no other way. WAL, so that what is read waits for no lock;
 * `synchronous=FULL`, so that what was answered is on disk, as with the others.
 */
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { toSeat } from '../../../apps/tickets/src/booking/seat.ts'
import { FREE, HELD, SOLD, type BoxOffice, type Refusal } from './box-office.ts'

const EXPIRE_EVERY_MS = 1_000

const SCHEMA = `
pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma cache_size = -65536;
create table shows (show_id text primary key, title text not null, venue text not null, starts_at text not null,
  max_seats int not null, hold_ms int not null) without rowid;
create table sections (show_id text references shows, section_id text, place int not null, name text not null,
  price_cents int not null, row_count int not null, seats_per_row int not null, primary key (show_id, section_id)) without rowid;
create table seats (show_id text, seat text, section_id text not null, status int not null default 0,
  primary key (show_id, seat), foreign key (show_id, section_id) references sections) without rowid;
create table holds (show_id text references shows, hold_id text, customer_id text not null, seats text not null,
  until_ms int not null, status text not null, primary key (show_id, hold_id)) without rowid;
create index holds_of_customer on holds (customer_id, show_id);
create index holds_to_expire on holds (until_ms) where status = 'held';
create table bookings (show_id text, booking_id text, hold_id text not null, total_cents int not null, status text not null,
  confirmed_at_ms int not null, primary key (show_id, booking_id), foreign key (show_id, hold_id) references holds) without rowid;
create index bookings_by_id on bookings (booking_id);
`

const SEAT_MAP = `
select json_object('showId', show_id,
  'sections', (select json_group_array(json_object('id', section_id, 'name', name, 'priceCents', price_cents,
      'rows', row_count, 'seatsPerRow', seats_per_row)) from (select * from sections where show_id = ?1 order by place)),
  'taken', (select json_group_object(seat, case status when 1 then 'held' else 'sold' end)
      from seats where show_id = ?1 and status <> 0)) as json
from shows where show_id = ?1`

const BOOKING = `
select json_object('bookingId', booking_id, 'showId', show_id, 'title', title, 'venue', venue, 'startsAt', starts_at,
  'customerId', customer_id, 'totalCents', total_cents, 'status', bookings.status, 'confirmedAtMs', confirmed_at_ms,
  'seats', (select json_group_array(json_object('seat', seat, 'section', name, 'priceCents', price_cents))
      from seats join sections using (show_id, section_id)
      where seats.show_id = bookings.show_id and seat in (select value from json_each(holds.seats)))) as json
from bookings join holds using (show_id, hold_id) join shows using (show_id)
where booking_id = ?1 order by confirmed_at_ms limit 1`

interface Held {
  readonly seats: string
  readonly until_ms: number
}

export function openSqliteBoxOffice(directory: string): BoxOffice {
  const db = new DatabaseSync(join(directory, 'before.sqlite'))
  db.exec(SCHEMA)
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the one who writes the statement knows its row
  const prepared = <Row>(sql: string) => {
    const statement = db.prepare(sql)
    return (...values: readonly SQLInputValue[]): Row | undefined => statement.get(...values) as Row | undefined
  }
  const begin = prepared('begin immediate')
  const commit = prepared('commit')
  const rollback = prepared('rollback')
  const termsOf = prepared<{ readonly max_seats: number; readonly hold_ms: number }>(
    'select max_seats, hold_ms from shows where show_id = ?',
  )
  const knownHold = prepared('select 1 from holds where show_id = ? and hold_id = ?')
  const seatOf = prepared<{ readonly status: number }>('select status from seats where show_id = ? and seat = ?')
  const seatsHad = prepared<{ readonly count: number }>(`select coalesce(sum(json_array_length(seats)), 0) as count
    from holds where customer_id = ? and show_id = ? and status in ('held', 'confirmed')`)
  const insertHold = prepared(`insert into holds values (?, ?, ?, ?, ?, 'held')`)
  const setSeat = prepared('update seats set status = ? where show_id = ? and seat = ?')
  const liveHold = prepared<Held>(`select seats, until_ms from holds where show_id = ? and hold_id = ? and status = 'held'`)
  const heldBy = prepared<Held>('select seats, until_ms from holds where show_id = ? and hold_id = ?')
  const setHold = prepared('update holds set status = ? where show_id = ? and hold_id = ?')
  const knownBooking = prepared<{ readonly status: string; readonly hold_id: string }>(
    'select status, hold_id from bookings where show_id = ? and booking_id = ?',
  )
  const priceOf = prepared<{ readonly cents: number }>(
    'select price_cents as cents from seats join sections using (show_id, section_id) where show_id = ? and seat = ?',
  )
  const insertBooking = prepared(`insert into bookings values (?, ?, ?, ?, 'confirmed', ?)`)
  const setBooking = prepared('update bookings set status = ? where show_id = ? and booking_id = ?')
  const seatMap = prepared<{ readonly json: string }>(SEAT_MAP)
  const booking = prepared<{ readonly json: string }>(BOOKING)
  const overdue = db.prepare(`select show_id, hold_id from holds where status = 'held' and until_ms <= ?`)

  /** A refusal leaves nothing. */
  const change = async (work: () => Refusal): Promise<Refusal> => {
    begin()
    try {
      const refusal = work()
      if (refusal === undefined) commit()
      else rollback()
      return refusal
    } catch (error) {
      rollback()
      throw error
    }
  }
  const setSeats = (showId: string, seats: string, status: number): void => {
    for (const seat of JSON.parse(seats) as string[]) setSeat(status, showId, seat)
  }
  const endHold = (showId: string, holdId: string, status: string): Refusal => {
    const held = liveHold(showId, holdId)
    if (held === undefined) return 'hold-unknown'
    setHold(status, showId, holdId)
    setSeats(showId, held.seats, FREE)
    return undefined
  }
  const expiring = setInterval(() => {
    for (const { show_id, hold_id } of overdue.all(Date.now()) as { show_id: string; hold_id: string }[])
      void change(() => endHold(show_id, hold_id, 'expired'))
  }, EXPIRE_EVERY_MS)

  return {
    async scheduleShow({ showId, title, venue, startsAt, sections, maxSeatsPerCustomer = 8, holdMs = 600_000 }) {
      await change(() => {
        prepared('insert into shows values (?, ?, ?, ?, ?, ?)')(showId, title, venue, startsAt, maxSeatsPerCustomer, holdMs)
        const addSection = prepared('insert into sections values (?, ?, ?, ?, ?, ?, ?)')
        const addSeat = prepared('insert into seats values (?, ?, ?, 0)')
        for (const [place, { id, name, priceCents, rows, seatsPerRow }] of sections.entries()) {
          addSection(showId, id, place, name, priceCents, rows, seatsPerRow)
          for (let at = 0; at < rows * seatsPerRow; at++)
            addSeat(showId, toSeat(id, Math.floor(at / seatsPerRow) + 1, (at % seatsPerRow) + 1), id)
        }
        return undefined
      })
    },
    holdSeats: ({ showId, holdId, customerId, seats }) =>
      change(() => {
        const terms = termsOf(showId)
        if (terms === undefined) return 'show-unknown'
        if (knownHold(showId, holdId) !== undefined) return 'hold-exists'
        const found = seats.map((seat) => seatOf(showId, seat))
        if (found.includes(undefined)) return 'seat-unknown'
        if (found.some((seat) => seat?.status !== FREE)) return 'seat-taken'
        if ((seatsHad(customerId, showId)?.count ?? 0) + seats.length > terms.max_seats) return 'limit-reached'
        insertHold(showId, holdId, customerId, JSON.stringify(seats), Date.now() + terms.hold_ms)
        for (const seat of seats) setSeat(HELD, showId, seat)
        return undefined
      }),
    releaseHold: (showId, holdId) => change(() => endHold(showId, holdId, 'released')),
    confirmBooking: (showId, holdId, bookingId) =>
      change(() => {
        if (knownBooking(showId, bookingId) !== undefined) return 'booking-exists'
        const held = liveHold(showId, holdId)
        if (held === undefined) return 'hold-unknown'
        if (Date.now() >= held.until_ms) return 'hold-expired'
        const seats = JSON.parse(held.seats) as string[]
        setHold('confirmed', showId, holdId)
        setSeats(showId, held.seats, SOLD)
        const totalCents = seats.reduce((sum, seat) => sum + (priceOf(showId, seat)?.cents ?? 0), 0)
        insertBooking(showId, bookingId, holdId, totalCents, Date.now())
        return undefined
      }),
    cancelBooking: (showId, bookingId) =>
      change(() => {
        const known = knownBooking(showId, bookingId)
        if (known?.status !== 'confirmed') return 'booking-unknown'
        setBooking('cancelled', showId, bookingId)
        setHold('cancelled', showId, known.hold_id)
        setSeats(showId, heldBy(showId, known.hold_id)?.seats ?? '[]', FREE)
        return undefined
      }),
    seatMap: async (showId) => seatMap(showId)?.json ?? null,
    booking: async (bookingId) => booking(bookingId)?.json ?? null,
    async [Symbol.asyncDispose]() {
      clearInterval(expiring)
      db.close()
    },
  }
}
