import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { aggregate, app, createMemoryLog, event, projection, schedule, command, start, type Log, type Running } from '../index.ts'
import { foreignLog, recordsOf, submitForeign, UNREADABLE } from './fixtures/logs.ts'

const cup = aggregate('cup', {
  commands: {
    Fill: z.object({ cup: z.string(), by: z.number().default(1) }),
    Check: z.object({ cup: z.string() }).refine(() => new Promise<boolean>((resolve) => setTimeout(resolve, 5, true))),
    Remind: z.object({ cup: z.string() }),
  },
  events: { Filled: z.object({ by: z.number() }), Checked: z.object({ level: z.number() }) },
  key: ({ cup }) => cup,
  initialState: () => ({ level: 0 }),
  decide: {
    Fill: (data) => {
      const { by } = data
      data.cup = 'changed by its handler'
      return [event('Filled', { by })]
    },
    Check: (_data, { level }) => [event('Checked', { level })],
    Remind: ({ cup }, _state, { nowMs }) => [schedule(nowMs + 60_000, command('Fill', { cup, by: 100 }))],
  },
  evolve: {
    Filled: (state, { by }) => {
      state.level += by
      return state
    },
    Checked: (state) => state,
  },
})
const levels = projection('levels', {
  from: [cup],
  document: z.object({ level: z.number() }),
  on: {
    Filled: async ({ by }, { key, model }) => model.put(key, { level: ((await model.get(key))?.level ?? 0) + by }),
    Checked: () => {},
  },
  queries: (query) => ({ level: query(z.object({ cup: z.string() }), async ({ cup }, model) => (await model.get(cup))?.level ?? 0) }),
})
const cups = app('cups', { aggregates: [cup], projections: [levels] })

const fill = (id: string, data = '{"cup":"a","by":2}') => ({ id, type: 'Fill', key: 'a', data })

async function answered(running: Running<typeof cups>, id: string): Promise<string> {
  for (;;) {
    const receipt = await running.outcome(id)
    if (receipt !== undefined && receipt !== 'undecided') return receipt.outcome
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

const seen = (log: Log): Promise<readonly string[]> =>
  recordsOf(log).then((records) => records.filter(({ kind }) => kind !== 'owned').map(({ kind, commandId }) => `${kind} ${commandId}`))

test('what another client wrote is decided like any other, and what cannot be is passed over with its reason', async () => {
  const log = foreignLog(createMemoryLog({ partitions: 1 }))
  await using running = await start(cups, { log })
  await submitForeign(log, 0, fill('c1'))
  await submitForeign(log, 0, { id: '', type: UNREADABLE, key: '', data: '' })
  await submitForeign(log, 0, fill('c2', '{"cup":"a","by":"alice@example.com"}'))
  await submitForeign(log, 0, fill('c3', '{"cup":"a"}'))
  assert.equal(await answered(running, 'c3'), 'accepted')
  assert.equal(await running.query('level', { cup: 'a' }, { after: await running.send('Fill', { cup: 'a', by: 4 }) }), 7)
  assert.deepEqual((await seen(log)).slice(0, 4), ['event c1', 'parked parked.0.1', 'parked parked.0.2', 'event c3'])

  const [second, first] = running.parked().commands
  assert.deepEqual({ ...first, timeMs: 0 }, { topic: 'commands', partition: 0, offset: 1, timeMs: 0, reason: 'it has no record key' })
  assert.deepEqual(
    { ...second, timeMs: 0 },
    {
      topic: 'commands',
      partition: 0,
      offset: 2,
      timeMs: 0,
      commandId: 'c2',
      type: 'Fill',
      key: 'a',
      reason: "command 'c2': its data does not fit the schema of Fill: by: invalid_type",
    },
  )
  assert.equal(running.counters().parked, 2)
  assert.equal(running.counters().accepted, 3)
  assert.equal(await running.outcome('parked.0.1'), undefined)
  assert.equal(running.status().shards[0]?.nextCommand, 5)
})

test('the id of what was passed over is free: sent again as it should be, it is decided, and then it is known', async () => {
  const log = createMemoryLog({ partitions: 1 })
  await using running = await start(cups, { log })
  await submitForeign(log, 0, fill('c1', 'no JSON'))
  await submitForeign(log, 0, fill('c1'))
  await submitForeign(log, 0, fill('c1'))
  assert.equal(await answered(running, 'c1'), 'accepted')
  assert.deepEqual(
    running.parked().commands.map(({ commandId, offset }) => [commandId, offset]),
    [['c1', 0]],
  )
  // Sent with the same id by a client of this app, it is the same command: its data is what the schema made of it.
  assert.equal((await running.send('Fill', { cup: 'a', by: 2 }, { commandId: 'c1' })).outcome, 'accepted')
  await assert.rejects(running.send('Fill', { cup: 'a', by: 3 }, { commandId: 'c1' }), { code: 'COMMAND_ID_REUSED' })
  assert.deepEqual(await seen(log), ['parked parked.0.0', 'event c1', 'repeated c1'])
})

test('commands keep their order where one waits for its schema', async () => {
  const log = createMemoryLog({ partitions: 1 })
  for (const id of ['c1', 'c2']) await submitForeign(log, 0, fill(id))
  await submitForeign(log, 0, { id: 'c3', type: 'Check', key: 'a', data: '{"cup":"a"}' })
  await submitForeign(log, 0, fill('c4'))
  await using running = await start(cups, { log })
  assert.equal(await answered(running, 'c4'), 'accepted')
  assert.deepEqual(await seen(log), ['event c1', 'event c2', 'event c3', 'event c4'])
  assert.deepEqual(JSON.parse((await recordsOf(log)).find(({ commandId }) => commandId === 'c3')!.data), { level: 4 })
})

test('the next owner goes on after what was passed over', async () => {
  const memory = createMemoryLog({ partitions: 1 })
  const log = { ...foreignLog(memory), [Symbol.asyncDispose]: () => Promise.resolve() }
  {
    await using running = await start(cups, { log })
    await submitForeign(log, 0, { id: '', type: UNREADABLE, key: '', data: '' })
    while (running.counters().parked === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await using running = await start(cups, { log })
  await running.send('Fill', { cup: 'a' }, { commandId: 'c1' })
  assert.deepEqual(await seen(log), ['parked parked.0.0', 'event c1'])
  assert.equal(running.parked().commands.length, 1, 'who comes later sees it too')
})

test('a client whose clock is ahead fires no timer', async () => {
  const log = createMemoryLog({ partitions: 1 })
  await using running = await start(cups, { log })
  await running.send('Remind', { cup: 'a' })
  await log.submit(0, Object.assign(fill('c1'), { timeMs: Date.now() + 1e12, isForeign: true }))
  assert.equal(await answered(running, 'c1'), 'accepted')
  assert.equal(running.status().shards[0]?.timers, 1)
})

test('only the latest thousand are kept, and all are counted', async () => {
  const log = createMemoryLog({ partitions: 1 })
  await using running = await start(cups, { log })
  for (let at = 0; at < 2_500; at++) await submitForeign(log, 0, fill(`c${at}`, '{}'))
  while (running.counters().parked < 2_500) await new Promise((resolve) => setTimeout(resolve, 1))
  const offsets = running.parked().commands.map(({ offset }) => offset)
  assert.deepEqual(
    offsets,
    Array.from({ length: 1_000 }, (_, at) => 2_499 - at),
  )
})
