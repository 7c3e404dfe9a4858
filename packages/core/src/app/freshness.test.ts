import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import {
  aggregate,
  app,
  createMemoryLog,
  event,
  MillraceError,
  projection,
  start,
  systemClock,
  toText,
  type Batch,
  type Clock,
  type Log,
  type Running,
} from '../index.ts'

const counter = aggregate('counter', {
  commands: { Add: z.object({ id: z.string() }) },
  events: { Added: z.object({}) },
  key: ({ id }) => id,
  initialState: () => 0,
  decide: { Add: () => [event('Added', {})] },
  evolve: { Added: (count) => count + 1 },
})
const counts = projection('counts', {
  from: [counter],
  document: z.object({ count: z.number() }),
  on: { Added: async (_data, { key, model }) => model.put(key, { count: ((await model.get(key))?.count ?? 0) + 1 }) },
  queries: (query) => ({ count: query(z.object({ id: z.string() }), async ({ id }, model) => (await model.get(id))?.count ?? 0) }),
})
const counters = app('counters', { aggregates: [counter], projections: [counts] })
const pause = (ms: number): Promise<void> => new Promise((resolve) => void systemClock.after(ms, resolve))

/** One instance that writes, and one that only follows the same log, and can be kept from reading it. */
async function openTwo(): Promise<
  { writer: Running<typeof counters>; reader: Running<typeof counters>; hold: () => () => void } & AsyncDisposable
> {
  const log = createMemoryLog({ partitions: 3 })
  let held: Promise<void> | undefined
  const following: Log = {
    ...log,
    own: (_work, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
    async *read(partition, from, signal): AsyncGenerator<Batch> {
      for await (const batch of log.read(partition, from, signal)) {
        await held
        yield batch
      }
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
  const reader = await start(counters, { log: following })
  const writer = await start(counters, { log })
  return {
    writer,
    reader,
    hold() {
      const gate = Promise.withResolvers<void>()
      held = gate.promise
      return () => {
        held = undefined
        gate.resolve()
      }
    },
    async [Symbol.asyncDispose]() {
      await reader.stop()
      await writer.stop()
    },
  }
}

test('whoever asks for no older than now is answered with all that anybody was told before, on any instance', async () => {
  await using two = await openTwo()
  let told = 0
  let asking = 4
  const sending = Array.from({ length: 8 }, async () => {
    while (asking > 0) {
      await two.writer.send('Add', { id: 'a' })
      told++
      await new Promise((resolve) => setImmediate(resolve))
    }
  })
  const answered = Array.from({ length: 4 }, async () => {
    for (let asked = 0; asked < 25; asked++) {
      const least = told
      const count = Number((await two.reader.answer('count', { id: 'a' }, { maxAgeMs: 0 })).json)
      assert.ok(count >= least, `${count} of ${least}`)
      await new Promise((resolve) => setImmediate(resolve))
    }
    asking--
  })
  await Promise.all([...sending, ...answered])
  assert.ok(told > 25, `${told} told`)
})

test('an answer says how old it may be: as long as the read model is held up, older and older', async () => {
  await using two = await openTwo()
  await two.writer.send('Add', { id: 'a' })
  const askedMs = systemClock.nowMs()
  const fresh = await two.reader.answer('count', { id: 'a' }, { maxAgeMs: 0 })
  const tookMs = systemClock.nowMs() - askedMs
  assert.ok(fresh.json === '1' && fresh.ageMs <= tookMs + 1, `${fresh.ageMs} ms, asked for ${tookMs} ms ago`)
  const release = two.hold()
  const receipt = await two.writer.send('Add', { id: 'a' })
  // An answer without it is as of before this moment.
  const sentMs = systemClock.nowMs()
  await pause(600) // so that another mark is taken: the log has moved on since
  for (let look = 0; look < 3; look++) {
    const leastMs = systemClock.nowMs() - sentMs
    const { json, ageMs } = await two.reader.answer('count', { id: 'a' })
    assert.ok(json === '1' && ageMs >= leastMs, `${json}, ${ageMs} ms, ${leastMs} at least`)
    await pause(20)
  }
  await assert.rejects(two.reader.query('count', { id: 'a' }, { maxAgeMs: 10, timeoutMs: 30 }), (error) => {
    assert.ok(error instanceof MillraceError && error.code === 'QUERY_STALE' && error.retriable)
    assert.match(error.message, /older than 10 ms/)
    assert.equal(error.at['position'], toText(two.reader.status().projections[0]!.position))
    return true
  })
  assert.equal(await two.reader.query('count', { id: 'a' }, { maxAgeMs: 60_000 }), 1, 'old enough is good enough')
  release()
  const { json, ageMs, position } = await two.reader.answer('count', { id: 'a' }, { after: receipt })
  assert.equal(json, '2')
  assert.ok(ageMs >= 0 && position !== '')
  assert.equal((await two.reader.answer('count', { id: 'a' }, { maxAgeMs: 0 })).json, '2')
})

/** How long an answer waits for the log to say where it ends. */
const MARK_WAIT_MS = 50

test('a log that does not say where it ends makes answers older, not slower', async () => {
  const log = createMemoryLog({ partitions: 1 })
  let isSilent = false
  let waits = 0
  const clock: Clock = {
    nowMs: () => systemClock.nowMs(),
    after(delayMs, callback) {
      if (delayMs === MARK_WAIT_MS) waits++
      return systemClock.after(delayMs, callback)
    },
  }
  const silent: Log = { ...log, ends: () => (isSilent ? new Promise(() => undefined) : log.ends()) }
  await using running = await start(counters, { log: silent, clock })
  isSilent = true
  await running.answer('count', { id: 'a' })
  waits = 0
  for (let asked = 0; asked < 100; asked++) assert.equal((await running.answer('count', { id: 'a' })).ageMs, Infinity)
  assert.ok(waits < 10, `nobody waits for it again and again: ${waits} times`)
  await assert.rejects(running.query('count', { id: 'a' }, { maxAgeMs: 1_000, timeoutMs: 20 }), { code: 'QUERY_STALE' })
  await assert.rejects(running.query('count', { id: 'a' }, { maxAgeMs: -1 }), TypeError)
})
