/**
 * Random buyers, cards, outages and cancellations on a small, crowded show: whatever comes, money that was taken ends in
 * seats or goes back, and every effect is counted once for its key.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryLog, start, type Log, type NewRecord } from '@millrace/core'
import { createVirtualClock } from '@millrace/testing'
import { createLedger, type Ledger, type PaymentProvider } from 'app-kit/payments'
import { createRandom, type Random } from 'app-kit/random'
import { createTickets, type Tickets } from '../app.ts'

const showId = 's'
const HOLD_MS = 20_000
const plan = {
  showId,
  title: 't',
  venue: 'v',
  startsAt: '2030-05-01T19:30:00Z',
  sections: [{ id: 'A', name: 'A', priceCents: 300, rows: 2, seatsPerRow: 6 }],
  maxSeatsPerCustomer: 4,
  holdMs: HOLD_MS,
}

/** Approves, declines, hangs, and loses what was asked, or the answer. */
const moody = (ledger: Ledger, random: Random): PaymentProvider => {
  const lose = async (chance: number, signal: AbortSignal): Promise<void> => {
    if (random.next() >= chance) return
    if (random.next() < 0.5) throw new Error('the connection was lost')
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
  }
  return {
    async charge(charge, signal) {
      await lose(0.3, signal)
      const answer = ledger.charge(charge, () => (random.next() < 0.7 ? { status: 'approved' } : { status: 'declined', reason: 'no' }))
      await lose(0.4, signal)
      return answer
    },
    async voidCharge({ key }, signal) {
      await lose(0.3, signal)
      return ledger.voidCharge(key)
    },
    async refund(refund, signal) {
      await lose(0.4, signal)
      ledger.refund(refund)
      await lose(0.4, signal)
    },
  }
}

async function eventsOf(log: Log): Promise<readonly NewRecord[]> {
  const events: NewRecord[] = []
  for (const [partition, end] of (await log.ends()).entries()) {
    for await (const batch of log.read(partition, 0, AbortSignal.timeout(10_000))) {
      events.push(...batch.records.filter(({ kind }) => kind === 'event'))
      if (batch.next >= end) break
    }
  }
  return events
}

async function run(seed: number): Promise<ReadonlyMap<string, number>> {
  const random = createRandom(seed)
  const ledger = createLedger()
  const clock = createVirtualClock({ startMs: 1_000_000 })
  await using log = createMemoryLog({ partitions: 3 })
  const parked: string[] = []
  const opened = {
    log: { ...log, [Symbol.asyncDispose]: async () => undefined },
    clock,
    onTrouble: (error: Error) => parked.push(error.message),
  }
  const running = await start<Tickets>(createTickets(moody(ledger, random)), opened)
  let nextId = 0
  const known = { holds: ['none'], bookings: ['none'] }
  const some = (ids: readonly string[]): string => random.pick(ids.slice(-12))
  const made = (ids: string[]): string => ids[ids.push(`i${++nextId}`) - 1]!
  void running.send('ScheduleShow', plan)
  await clock.advance(1)
  for (let step = 0; step < 250; step++) {
    const customerId = `c${random.below(6)}`
    const actions = [
      () => running.send('HoldBestAvailable', { showId, holdId: made(known.holds), customerId, quantity: 1 + random.below(3) }),
      () => running.send('Checkout', { showId, holdId: some(known.holds), bookingId: made(known.bookings), method: 'card' }),
      () => running.send('Checkout', { showId, holdId: known.holds.at(-1)!, bookingId: made(known.bookings), method: 'card' }),
      () => running.send('ReleaseHold', { showId, holdId: some(known.holds) }),
      () => running.send('CancelBooking', { showId, bookingId: some(known.bookings) }),
      () => running.send('JoinWaitingList', { showId, waiterId: made(known.holds), customerId, quantity: 1 + random.below(2) }),
    ]
    random
      .pick(actions)()
      .catch((error: unknown) => assert.fail(String(error)))
    await clock.advance(random.below(1_500))
  }
  // Until all that can end has ended: holds, attempts, refunds that are tried again.
  for (let hour = 0; hour < 30; hour++) await clock.advance(3_600_000)
  const stopping = running.stop()
  await clock.advance(60_000)
  await stopping

  const where = `seed ${seed}`
  const events = await eventsOf(log)
  const paid = new Map<string, number>()
  for (const { type, data, key } of events) {
    const { bookingId, totalCents, isPaid } = JSON.parse(data) as { bookingId: string; totalCents: number; isPaid?: boolean }
    if (type === 'BookingConfirmed' && isPaid === true) paid.set(`tickets/${key}/${bookingId}/charge`, totalCents)
    if (type === 'BookingCancelled' && isPaid === true) paid.delete(`tickets/${key}/${bookingId}/charge`)
  }
  const kept = new Map<string, number>()
  const entries = ledger.entries()
  for (const { key, status, amountCents } of entries) if (status === 'captured') kept.set(key, amountCents)
  for (const { status, chargeKey = '' } of entries)
    if (status === 'refunded') assert.ok(kept.delete(chargeKey), `${where}: ${chargeKey} was given back, and not taken`)
  // A void that failed for good is parked, for an operator; what it was to void is not known to be taken.
  const isUnresolved = parked.some((message) => message.includes('PaymentUnresolved'))
  if (!isUnresolved) assert.deepEqual(new Map([...kept].sort()), new Map([...paid].sort()), `${where}: money kept is money for seats`)
  else for (const [key, cents] of paid) assert.equal(kept.get(key), cents, `${where}: ${key} has seats, and paid`)
  const counts = new Map<string, number>()
  for (const { type } of events) counts.set(type, (counts.get(type) ?? 0) + 1)
  return counts
}

test('money that was taken ends in seats, or goes back', { timeout: 120_000 }, async () => {
  const counts = new Map<string, number>()
  for (let seed = 1; seed <= 6; seed++) for (const [type, count] of await run(seed)) counts.set(type, (counts.get(type) ?? 0) + count)
  // A test that never meets a case proves nothing about it.
  const wanted = [
    ...['PaymentCaptured', 'PaymentDeclined', 'PaymentUnresolved', 'PaymentVoided', 'PaidTooLate'],
    ...['RefundRequested', 'RefundMade', 'RefundFailed', 'BookingCancelled', 'WaitingListJoined'],
  ]
  for (const type of wanted) assert.ok((counts.get(type) ?? 0) > 0, `${type} never happened: ${JSON.stringify([...counts])}`)
})
