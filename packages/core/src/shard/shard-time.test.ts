import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock } from '@millrace/testing'
import { z } from 'zod'
import { aggregate, app, command, createMemoryLog, event, schedule, start, type Log, type Running } from '../index.ts'
import { ShardTime } from './shard-time.ts'
import { recordsOf } from './fixtures/logs.ts'

const HOUR_MS = 3_600_000
const HOLD_MS = 600_000

test('is the clock where the log is not ahead of it', async () => {
  const clock = createVirtualClock({ startMs: 5_000 })
  const time = new ShardTime(clock, 4_000)
  assert.equal(time.nowMs(), 5_000)
  assert.equal(time.until(6_000), 1_000)
  assert.equal(time.at(4_500), 4_500)
  assert.equal(time.at(HOUR_MS), 5_000, 'a sender whose clock is ahead moves nothing')
  await clock.advance(500)
  assert.equal(time.nowMs(), 5_500)
})

test('goes on from the log where that is ahead, until the clock is with it again', async () => {
  const clock = createVirtualClock({ startMs: 0 })
  const time = new ShardTime(clock, HOUR_MS)
  assert.equal(time.nowMs(), HOUR_MS)
  await clock.advance(HOUR_MS)
  assert.equal(time.nowMs(), 1.9 * HOUR_MS)
  await clock.advance(9 * HOUR_MS)
  assert.equal(time.nowMs(), 10 * HOUR_MS)
  await clock.advance(HOUR_MS)
  assert.equal(time.nowMs(), 11 * HOUR_MS)
})

const seat = aggregate('seat', {
  commands: { Hold: z.object({ seat: z.string() }), Expire: z.object({ seat: z.string() }) },
  events: { Held: z.object({ untilMs: z.number() }), Expired: z.object({}) },
  internal: ['Expire'],
  key: ({ seat }) => seat,
  initialState: () => 0,
  decide: {
    Hold: ({ seat }, _state, { nowMs }) => [
      event('Held', { untilMs: nowMs + HOLD_MS }),
      schedule(nowMs + HOLD_MS, command('Expire', { seat })),
    ],
    Expire: () => [event('Expired', {})],
  },
  evolve: { Held: (count) => count, Expired: (count) => count + 1 },
})
const seats = app('seats', { aggregates: [seat] })

for (const jumpMs of [HOUR_MS, -HOUR_MS]) {
  test(`a clock that jumps by ${jumpMs / HOUR_MS} h between two starts fires no hold early, late by a tenth at most, and none twice`, async () => {
    await using log = createMemoryLog({ partitions: 1 })
    const kept: Log = { ...log, [Symbol.asyncDispose]: async () => undefined }
    const times = async (type: string): Promise<number> =>
      (await recordsOf(log)).filter((record) => record.type === type && record.kind === 'event').length
    const starting = async (
      startMs: number,
    ): Promise<{ readonly clock: ReturnType<typeof createVirtualClock>; readonly running: Running<typeof seats> }> => {
      const clock = createVirtualClock({ startMs })
      const running = await start(seats, { log: kept, clock, onTrouble: (error) => assert.fail(error) })
      await clock.advance(0)
      return { clock, running }
    }
    const stop = async ({ clock, running }: Awaited<ReturnType<typeof starting>>): Promise<void> => {
      const stopping = running.stop()
      await clock.advance(0)
      await stopping
    }
    const first = await starting(10 * HOUR_MS)
    const held = first.running.send('Hold', { seat: 'a' })
    await first.clock.advance(HOLD_MS / 2)
    await held
    await stop(first)

    const second = await starting(10 * HOUR_MS + HOLD_MS / 2 + jumpMs)
    const again = second.running.send('Hold', { seat: 'b' })
    await second.clock.advance(0)
    await again
    // After a jump ahead, what was held before it is over; what is held since has its time. After one back, the log's time
    // goes on from what was written last.
    await second.clock.advance(HOLD_MS - 1_000)
    assert.equal(await times('Expired'), jumpMs > 0 ? 1 : 0)
    await second.clock.advance(HOLD_MS / 9 + 2_000)
    assert.equal(await times('Expired'), 2)
    await second.clock.advance(3 * HOUR_MS)
    assert.equal(await times('Expired'), 2)
    await stop(second)
  })
}
