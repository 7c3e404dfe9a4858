import { test } from 'node:test'
import { command, event } from '@millrace/core'
import { given } from '@millrace/testing'
import { lot } from './lot.ts'

const opened = event('LotOpened', { title: 'A mill at dusk', minimumCents: 100, untilMs: 1_000 })

test('a bid must be higher than the one before', async () => {
  await given(lot, opened, event('BidPlaced', { bidder: 'ann', cents: 120 }))
    .when(command('PlaceBid', { lotId: 'lot-7', bidder: 'bob', cents: 120 }))
    .thenRejected('bid-too-low', { nextCents: 121 })
})
