import { projection } from '@millrace/core'
import { z } from 'zod'
import { lot } from './lot.ts'

const Price = z.object({ title: z.string(), cents: z.number(), bids: z.number(), status: z.enum(['open', 'sold', 'unsold']) })

export const prices = projection('prices', {
  from: [lot],
  document: Price,
  on: {
    LotOpened: ({ title, minimumCents }, { key, model }) => model.put(key, { title, cents: minimumCents, bids: 0, status: 'open' }),
    BidPlaced: async ({ cents }, { key, model }) => {
      const price = await model.get(key)
      model.patch(key, { cents, bids: (price?.bids ?? 0) + 1 })
    },
    LotClosed: ({ winner }, { key, model }) => model.patch(key, { status: winner === null ? 'unsold' : 'sold' }),
  },
  queries: (query) => ({
    price: query(z.object({ lotId: z.string() }), ({ lotId }, model) => model.get(lotId)),
    prices: query(z.object({}), (_input, model) => model.list({ limit: 100 })),
  }),
})
