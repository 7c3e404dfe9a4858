import { aggregate, command, event, reject, schedule } from '@millrace/core'
import { z } from 'zod'

const lotId = z.string().min(1)
const cents = z.int().positive()

interface Lot {
  readonly status: 'none' | 'open' | 'closed'
  readonly nextCents: number
  readonly leader: string | null
}

export const lot = aggregate('lot', {
  commands: {
    OpenLot: z.object({ lotId, title: z.string(), minimumCents: cents, openForMs: z.int().positive() }),
    PlaceBid: z.object({ lotId, bidder: z.string(), cents }),
    CloseLot: z.object({ lotId }),
  },
  events: {
    LotOpened: z.object({ title: z.string(), minimumCents: cents, untilMs: z.number() }),
    BidPlaced: z.object({ bidder: z.string(), cents }),
    LotClosed: z.object({ winner: z.string().nullable() }),
  },
  rejections: {
    'lot-exists': 'There is a lot of that id.',
    'lot-not-open': 'The lot is not open for bids.',
    'bid-too-low': 'Somebody has bid that much, or it is below the minimum.',
  },
  internal: ['CloseLot'], // only the timer sends it
  key: (data) => data.lotId,
  initialState: (): Lot => ({ status: 'none', nextCents: 0, leader: null }),

  decide: {
    OpenLot: ({ lotId, title, minimumCents, openForMs }, state, { nowMs }) =>
      state.status === 'none'
        ? [
            event('LotOpened', { title, minimumCents, untilMs: nowMs + openForMs }),
            schedule(nowMs + openForMs, command('CloseLot', { lotId })),
          ]
        : reject('lot-exists'),
    PlaceBid: ({ bidder, cents }, state) => {
      if (state.status !== 'open') return reject('lot-not-open')
      if (cents < state.nextCents) return reject('bid-too-low', { nextCents: state.nextCents })
      return [event('BidPlaced', { bidder, cents })]
    },
    CloseLot: (_data, state) => [event('LotClosed', { winner: state.leader })],
  },

  evolve: {
    LotOpened: (_state, { minimumCents }) => ({ status: 'open', nextCents: minimumCents, leader: null }),
    BidPlaced: (state, { bidder, cents }) => ({ ...state, nextCents: cents + 1, leader: bidder }),
    LotClosed: (state) => ({ ...state, status: 'closed' }),
  },
})
