import { app } from '@millrace/core'
import type { PaymentProvider } from 'app-kit/payments'
import { show } from './booking/show.ts'
import { checkout } from './paying/checkout.ts'
import { createPayments } from './paying/payments.ts'
import { bookings } from './read-models/bookings.ts'
import { checkouts } from './read-models/checkouts.ts'
import { holds } from './read-models/holds.ts'
import { sales } from './read-models/sales.ts'
import { seatMap } from './read-models/seat-map.ts'
import { shows } from './read-models/shows.ts'
import { waitingList } from './read-models/waiting-list.ts'

export type Tickets = ReturnType<typeof createTickets>

/**
 * Tickets: one aggregate decides about seats, a process carries each payment through, and the read models answer what
 * people and organisers ask.
 */
export const createTickets = (payments: PaymentProvider) =>
  app('tickets', {
    aggregates: [show, checkout.aggregate],
    projections: [shows, seatMap, holds, bookings, sales, checkouts, waitingList],
    reactors: [checkout.reactor, createPayments(payments)],
  })
