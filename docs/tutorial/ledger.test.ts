import { test } from 'node:test'
import { event } from '@millrace/core'
import { openTemporarySqliteReadStore } from '@millrace/sqlite'
import { givenProjection, happened } from '@millrace/testing'
import { ledger } from './ledger.ts'
import { lot } from './lot.ts'

test('the bids of somebody, the highest first', async () => {
  const bid = (bidder: string, cents: number) => event('BidPlaced', { bidder, cents })
  const opened = event('LotOpened', { title: 'A mill at dusk', minimumCents: 100, untilMs: 1_000 })
  await givenProjection(ledger, happened(lot, 'lot-7', opened, bid('ann', 100), bid('bob', 120), bid('ann', 150)))
    .in(openTemporarySqliteReadStore)
    .thenQuery('bidsOf', { bidder: 'ann' }, [
      { lot: 'lot-7', bidder: 'ann', cents: 150 },
      { lot: 'lot-7', bidder: 'ann', cents: 100 },
    ])
})
