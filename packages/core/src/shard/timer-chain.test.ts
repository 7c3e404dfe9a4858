import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock } from '@millrace/testing'
import { z } from 'zod'
import { aggregate, app, command, createMemoryLog, event, schedule, start } from '../index.ts'
import { ShardFold } from './shard-fold.ts'
import { createRegistry } from './registry.ts'
import { recordsOf } from './fixtures/logs.ts'

const MINUTE_MS = 60_000

/** What is due every minute, for ever: each time schedules the next one. */
const meter = aggregate('meter', {
  commands: { Begin: z.object({ id: z.string() }), Read: z.object({ id: z.string() }) },
  events: { Begun: z.object({}), Read: z.object({}) },
  internal: ['Read'],
  key: ({ id }) => id,
  initialState: () => 0,
  decide: {
    Begin: ({ id }, _state, { nowMs }) => [event('Begun', {}), schedule(nowMs + MINUTE_MS, command('Read', { id }))],
    Read: ({ id }, _state, { nowMs }) => [event('Read', {}), schedule(nowMs + MINUTE_MS, command('Read', { id }))],
  },
  evolve: { Begun: (count) => count, Read: (count) => count + 1 },
})
const meters = app('meters', { aggregates: [meter] })

test('a timer that schedules the next one goes on for ever, and the ids do not grow', async () => {
  await using log = createMemoryLog({ partitions: 1 })
  const clock = createVirtualClock({ startMs: 0 })
  const running = await start(meters, { log: { ...log, [Symbol.asyncDispose]: async () => undefined }, clock })
  for (const id of ['a', 'b']) {
    const sent = running.send('Begin', { id }, { commandId: id.repeat(200) })
    await clock.advance(0)
    await sent
  }
  for (let minute = 0; minute < 300; minute++) await clock.advance(MINUTE_MS)
  const stopping = running.stop()
  await clock.advance(MINUTE_MS)
  await stopping

  const records = await recordsOf(log)
  const read = records.filter(({ kind, type }) => kind === 'event' && type === 'Read')
  assert.equal(read.length, 600)
  assert.equal(new Set(read.map(({ commandId }) => commandId)).size, 600, 'each has an id of its own')
  assert.ok(Math.max(...read.map(({ commandId }) => commandId.length)) <= 240)

  // Whoever folds it from the log has the same timers.
  const fold = new ShardFold(createRegistry(meters), undefined, false)
  fold.apply({ partition: 0, first: 0, next: records.length, records })
  assert.equal(fold.timers.size, 2)
})
