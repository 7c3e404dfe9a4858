/** The decision of `SeatDecider.java`, as a Millrace app. Both keep a show as a set of bits, one for each seat that is taken. */
import { aggregate, app, event, reject, type App } from '@millrace/core'
import { z } from 'zod'

const SEATS = 31

/** 0 where there is no such seat: exist. */
function bitOf(seat: string): number {
  const number = /^A-\d{1,2}$/.test(seat) ? Number(seat.slice(2)) : 0
  return number >= 1 && number <= SEATS ? 1 << (number - 1) : 0
}

const show = aggregate('show', {
  commands: { ReserveSeat: z.object({ showId: z.string(), seat: z.string(), customerId: z.string() }) },
  events: { SeatReserved: z.object({ seat: z.string(), customerId: z.string(), atMs: z.number() }) },
  rejections: { 'no-such-seat': 'The hall has no such seat.', 'seat-taken': 'The seat is taken.' },
  key: ({ showId }) => showId,
  initialState: () => 0,
  decide: {
    ReserveSeat: ({ seat, customerId }, taken, { nowMs }) => {
      const bit = bitOf(seat)
      if (bit === 0) return reject('no-such-seat', { seat })
      if ((taken & bit) !== 0) return reject('seat-taken', { seat })
      return [event('SeatReserved', { seat, customerId, atMs: nowMs })]
    },
  },
  evolve: { SeatReserved: (taken, { seat }) => taken | bitOf(seat) },
})

/** Without a read model: Streams has none either. The name is the topics'. */
export const reservations = (name: string): App => app(name, { aggregates: [show] })
