import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { createVirtualClock } from '@millrace/testing'
import {
  aggregate,
  app,
  command,
  createMemoryLog,
  event,
  MillraceError,
  reactor,
  schedule,
  start,
  type NewRecord,
  type Reactor,
} from '../index.ts'
import { recordsOf } from '../shard/fixtures/logs.ts'
import { kept, until } from './fixtures/in-turn.ts'
import { crediting, transfers } from './fixtures/transfers.ts'

const alarm = aggregate('alarm', {
  commands: { SetAlarm: z.object({ id: z.string(), dueMs: z.number() }), Ring: z.object({ id: z.string() }) },
  events: { AlarmSet: z.object({}), Rang: z.object({}) },
  internal: ['Ring'],
  key: ({ id }) => id,
  initialState: () => 0,
  decide: {
    SetAlarm: ({ id, dueMs }) => [event('AlarmSet', {}), schedule(dueMs, command('Ring', { id }))],
    Ring: () => [event('Rang', {})],
  },
  evolve: { AlarmSet: (state) => state, Rang: (state) => state },
})

test('since now: where now is stands in the log before anything that comes after it', async () => {
  await using log = createMemoryLog({ partitions: 1 })
  const heard: string[] = []
  const hearing = (name: string): Reactor =>
    reactor(name, { from: [alarm], to: [], since: 'now', on: { Rang: (_data, { key }) => (heard.push(`${name} ${key}`), []) } })
  const before = await start(app('alarms', { aggregates: [alarm] }), { log: kept(log), clock: createVirtualClock({ startMs: 1_000 }) })
  for (const id of ['a', 'b', 'c']) await before.send('SetAlarm', { id, dueMs: 5_000 })
  await before.stop()
  const markers = (await log.ends())[0]!
  // They are all due at once, and more wait to be decided.
  await log.submit(0, { id: 'x', type: 'SetAlarm', key: 'x', timeMs: 9_000, data: '{"id":"x","dueMs":0}' })
  const alarms = app('alarms', { aggregates: [alarm], reactors: [hearing('one'), hearing('other')] })
  const clock = createVirtualClock({ startMs: 10_000 })
  const after = await start(alarms, { log: kept(log), clock })
  await until(async () => {
    await clock.advance(1)
    return heard.length >= 8
  })
  await after.stop()
  const records = (await recordsOf(log)).slice(markers)
  assert.deepEqual(
    records.slice(0, 3).map(({ kind, data }) => [kind, (JSON.parse(data) as { readonly next?: number }).next]),
    [
      ['owned', undefined],
      ['reacted', markers],
      ['reacted', markers],
    ],
  )
  assert.deepEqual(heard.toSorted(), ['one a', 'one b', 'one c', 'one x', 'other a', 'other b', 'other c', 'other x'])
})

test('a place in the log of a reactor that the app has not is told, once, where another begins', async () => {
  await using log = createMemoryLog({ partitions: 3 })
  const startWith = async (...reactors: readonly Reactor[]): Promise<readonly string[]> => {
    const told: string[] = []
    const onTrouble = (error: Error): void =>
      void told.push(error instanceof MillraceError && error.code === 'REACTOR_UNKNOWN' ? error.message : String(error))
    const running = await start(transfers(...reactors), { log: kept(log), onTrouble })
    await until(() => running.status().ready)
    const receipts = ['t1', 't2', 't3', 't4', 't5'].map((transferId) => running.send('Start', { transferId, to: 'a', amount: 1 }))
    await Promise.all(receipts)
    const isNoted = ({ kind, data }: NewRecord): boolean => kind === 'reacted' && data.includes(`"${reactors[0]?.name}"`)
    await until(async () => reactors.length === 0 || (await recordsOf(log)).some(isNoted))
    await running.stop()
    return told
  }
  assert.deepEqual(await startWith(crediting()), [])
  const [renamed, ...more] = await startWith({ ...crediting(), name: 'paying' })
  assert.match(
    renamed ?? '',
    /how far reactor 'crediting' has come.*'paying' begins with the first event of all.*give it its old name back/,
  )
  assert.deepEqual(more, [])
  assert.deepEqual(await startWith({ ...crediting(), name: 'paying' }), [], 'it has begun')
  assert.deepEqual(await startWith(), [], 'one that is removed is not told of')
})
