import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryLog, start } from '@millrace/core'
import { createVirtualClock } from '@millrace/testing'
import { createAuctionHouse } from './auction-house.ts'
import { ARRIVES_WITHIN_MS } from './handover.ts'

/** Two lots are sold, one arrives; the carrier's first answer is lost. Then two weeks pass. */
test('a sold lot is booked once at the carrier, and looked for where it has not arrived', { timeout: 60_000 }, async () => {
  const clock = createVirtualClock({ startMs: 1_000_000 })
  const booked = new Map<string, number>()
  const carrier = {
    book: ({ key, to }: { readonly key: string; readonly to: string }) => {
      const asked = (booked.get(key) ?? 0) + 1
      booked.set(key, asked)
      return asked === 1 && to === 'ann' ? Promise.reject(new Error('connection reset')) : Promise.resolve({ tracking: `1Z-${to}` })
    },
  }
  await using log = createMemoryLog({ partitions: 3 })
  const running = await start(createAuctionHouse(carrier), {
    log: { ...log, [Symbol.asyncDispose]: async () => undefined },
    clock,
    onTrouble: (error) => assert.fail(error),
  })
  const answered = async <T>(asked: Promise<T>): Promise<T> => {
    await clock.advance(0)
    return asked
  }
  for (const [lotId, bidder] of [
    ['lot-7', 'ann'],
    ['lot-8', 'bob'],
    ['lot-9', undefined],
  ] as const) {
    await answered(running.send('OpenLot', { lotId, title: 'A mill', minimumCents: 100, openForMs: 60_000 }))
    if (bidder !== undefined) await answered(running.send('PlaceBid', { lotId, bidder, cents: 100 }))
  }
  for (let seconds = 0; seconds < 70; seconds++) await clock.advance(1_000)
  const delivered = await answered(running.send('ConfirmDelivery', { lotId: 'lot-7' }))
  assert.equal(delivered.outcome, 'accepted')
  for (let turn = 0; turn < 20; turn++) await clock.advance(1_000)
  await clock.advance(ARRIVES_WITHIN_MS)
  for (let turn = 0; turn < 20; turn++) await clock.advance(1_000)
  const stopping = running.stop()
  await clock.advance(10_000)
  await stopping

  const happened = new Map<string, string[]>()
  for (const [partition, end] of (await log.ends()).entries()) {
    for await (const { records, next } of log.read(partition, 0, AbortSignal.timeout(10_000))) {
      for (const { kind, type, key } of records)
        if (kind === 'event' && /Shipment|Handover/.test(type)) happened.set(key, [...(happened.get(key) ?? []), type])
      if (next >= end) break
    }
  }
  const sorted = (key: string): readonly string[] | undefined => happened.get(key)?.sort()
  assert.deepEqual(sorted('lot-7'), ['HandoverBegun', 'HandoverEnded', 'ShipmentBooked', 'ShipmentDelivered', 'ShipmentRequested'])
  assert.deepEqual(sorted('lot-8'), ['HandoverBegun', 'HandoverFailed', 'ShipmentBooked', 'ShipmentLost', 'ShipmentRequested'])
  assert.equal(sorted('lot-9'), undefined, 'nobody has bought it')
  assert.deepEqual([...booked.values()].sort(), [1, 2], 'asked for again with the same key')
})
