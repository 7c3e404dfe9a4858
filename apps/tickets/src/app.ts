import { app } from '@millrace/core'
import { show } from './booking/show.ts'
import { bookings } from './read-models/bookings.ts'
import { holds } from './read-models/holds.ts'
import { sales } from './read-models/sales.ts'
import { seatMap } from './read-models/seat-map.ts'
import { shows } from './read-models/shows.ts'

/** Tickets: one aggregate decides about seats; five read models answer what people and organisers ask. */
export const tickets = app('tickets', {
  aggregates: [show],
  projections: [shows, seatMap, holds, bookings, sales],
})
