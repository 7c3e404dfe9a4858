import { projection } from '@millrace/core'
import { z } from 'zod'
import { lot } from './lot.ts'

const Bid = z.object({ lot: z.string(), bidder: z.string(), cents: z.number() })

export const ledger = projection('ledger', {
  from: [lot],
  tables: [
    `create table bids (lot text not null, number integer not null, bidder text not null, cents bigint not null, primary key (lot, number))`,
    `create index bids_by_bidder on bids (bidder, cents)`,
    `create table lots (id text primary key, title text not null, bids integer not null)`,
  ],
  on: {
    LotOpened: ({ title }, { key, sql }) => {
      sql`insert into lots (id, title, bids) values (${key}, ${title}, 0)`
    },
    BidPlaced: ({ bidder, cents }, { key, sql }) => {
      sql`update lots set bids = bids + 1 where id = ${key}`
      sql`insert into bids (lot, number, bidder, cents) select id, bids, ${bidder}, ${cents} from lots where id = ${key}`
    },
    LotClosed: () => {},
  },
  queries: (query) => ({
    bidsOf: query(
      z.object({ bidder: z.string() }),
      ({ bidder }, model) => model.rows(Bid)`select lot, bidder, cents from bids where bidder = ${bidder} order by cents desc limit 20`,
    ),
  }),
})
