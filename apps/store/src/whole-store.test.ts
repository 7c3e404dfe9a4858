/** The store as it runs, on a log in memory and a clock that a seed moves: half-hours pass in a moment, and goods and money add up. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryLog, start, type Running } from '@millrace/core'
import { createVirtualClock } from '@millrace/testing'
import { openTemporarySqliteReadStore } from '@millrace/sqlite'
import { readLog } from '@millrace/testing/crash'
import { createLedger } from 'app-kit/payments'
import { createRandom, type Random } from 'app-kit/random'
import { createStore, type Store } from './app.ts'
import { assertSettled, readBooks, unsettled } from './crash/goods-and-money.ts'
import { fillShelves, PRICE_CENTS, PRODUCTS } from './crash/shoppers.ts'
import { PAY_WITHIN_MS } from './ordering/order-commands.ts'
import { moodyProvider } from './testing/moody-provider.ts'

const ORDERS = 40
const orderIdOf = (number: number): string => `order-${String(number).padStart(12, '0')}`
const address = { street: 's', city: 'c', postcode: 'p', country: 'e' }

async function act({ send }: Running<Store>, random: Random): Promise<void> {
  const [orderId, staff, parcelId] = [orderIdOf(random.below(ORDERS)), 'Ann', 'p1']
  const lines = Array.from({ length: 1 + random.below(3) }, () => ({
    productId: random.pick(PRODUCTS),
    quantity: 1 + random.below(20),
    agreedPriceCents: PRICE_CENTS,
  }))
  const place = () =>
    send('PlaceOrder', {
      orderId,
      customerId: '2e9b7d44-0c1f-4a6b-8f52-c3d7e1a90b18',
      email: 'a@example.org',
      name: 'A',
      address,
      lines,
      paymentMethod: 'card',
    })
  await random.pick([
    place,
    place,
    () => send('CancelOrder', { orderId }),
    () => send('RetryPayment', { orderId, paymentMethod: 'card' }),
    () => send('PackParcel', { orderId, parcelId, staff }),
    () => send('ShipParcel', { orderId, parcelId, staff, carrier: 'c', tracking: 't' }),
    () => send('ConfirmDelivery', { orderId, parcelId }),
    () => send('ReceiveStock', { productId: random.pick(PRODUCTS), quantity: 1 + random.below(9) }),
  ])()
}

for (const seed of [1, 2, 3])
  test(`an hour of the store adds up, seed ${seed}`, { timeout: 120_000 }, async () => {
    const random = createRandom(seed)
    const clock = createVirtualClock({ startMs: 1_800_000_000_000 })
    const ledger = createLedger()
    const log = createMemoryLog({ partitions: 3 })
    const store = await openTemporarySqliteReadStore()
    const payments = moodyProvider(ledger, random)
    await using running = await start(createStore({ payments }), { log, store, clock, onTrouble: () => undefined })
    await fillShelves(running)
    for (let step = 0; step < 200; step++) {
      await act(running, random)
      if (random.next() < 0.3) await clock.advance(random.below(PAY_WITHIN_MS / 20))
    }
    for (let waits = 0; ; waits++) {
      await clock.advance(PAY_WITHIN_MS / 4)
      const records = await readLog(log)
      for (const { type, key, data } of records) {
        if (type !== 'RefundFailed') continue
        const { refundId } = JSON.parse(data) as { readonly refundId: string }
        await running.send('RetryRefund', { orderId: key, refundId, staff: 'Ann' })
      }
      const left = unsettled(readBooks(await readLog(log)), new Set())
      if (left.length === 0) break
      assert.ok(waits < 400, `not settled: ${left.slice(0, 5).join('; ')}`)
    }
    const { orders } = readBooks(await readLog(log))
    assertSettled({ orders, products: readBooks(await readLog(log)).products }, ledger.entries())
    const ends = [...orders.values()]
    assert.ok(ends.length > 25 && ends.some(({ confirmed }) => confirmed) && ends.some(({ ended }) => ended))
    for (const readModel of ['orders', 'catalogue']) assert.equal((await running.verify(readModel)).differing, 0, readModel)
  })
