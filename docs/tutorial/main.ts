import { start } from '@millrace/core'
import { openSqliteLog } from '@millrace/sqlite'
import { auction } from './app.ts'

await using running = await start(auction, { log: await openSqliteLog('./data') })
const lotId = 'lot-7'

await running.send('OpenLot', { lotId, title: 'A mill at dusk', minimumCents: 10_000, openForMs: 5_000 })
const bid = await running.send('PlaceBid', { lotId, bidder: 'ann', cents: 12_000 })
console.log(bid.outcome)

const low = await running.send('PlaceBid', { lotId, bidder: 'bob', cents: 11_000 })
if (low.outcome === 'rejected') console.log(low.code, low.details)

console.log(await running.query('price', { lotId }, { after: bid })) // sees its own bid

for await (const price of running.watch('price', { lotId })) {
  console.log(price?.status)
  if (price?.status !== 'open') break // the timer has closed it
}
