import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock } from '@millrace/testing'
import { createMemoryLog, MillraceError, start } from '../index.ts'
import { recordsOf } from '../shard/fixtures/logs.ts'
import { kept, until } from './fixtures/in-turn.ts'
import { crediting, transfers } from './fixtures/transfers.ts'

const quiet = { onTrouble: (): void => undefined }

test('a handler without a time limit that takes long is told of, and seen; what follows goes on when it is done', async () => {
  await using log = createMemoryLog({ partitions: 1 })
  const clock = createVirtualClock({ startMs: 1_000_000 })
  const told: Error[] = []
  const answer = Promise.withResolvers<void>()
  const reactor = crediting(async (_data, { key }) => (key === 't3' ? undefined : answer.promise))
  const running = await start(transfers(reactor), { log: kept(log), clock, onTrouble: (error) => told.push(error) })
  const settle = (): Promise<void> => clock.advance(0)
  for (const transferId of ['t1', 't2', 't3']) {
    const sent = running.send('Start', { transferId, to: 'a', amount: 1 })
    await settle()
    await sent
  }
  await clock.advance(59_000)
  assert.equal(told.length, 0)
  await clock.advance(2_000)
  const codes = told.map((error) => error instanceof MillraceError && [error.code, error.at['offset']])
  const { oldest, pending, next } = running.status().reactors[0]!
  assert.deepEqual(codes, [['REACTION_SLOW', next]], 'the first of them')
  assert.match(told[0]?.message ?? '', /'crediting' has been handling Started at partition 0, offset \d+, for 60 s/)
  assert.deepEqual([oldest?.key, oldest?.offset, oldest?.type, pending], ['t1', next, 'Started', 2])
  assert.ok(oldest!.forMs >= 61_000 && oldest!.forMs <= 62_000, `${oldest!.forMs}`)
  answer.resolve()
  await until(async () => {
    await clock.advance(1)
    return (
      (await recordsOf(log)).filter(({ type }) => type === 'Credited').length === 3 && running.status().reactors[0]?.oldest === undefined
    )
  })
  const stopping = running.stop()
  await clock.advance(1_000)
  await stopping
})

test('whoever does not hold a shard says that it does not know what waits there', async () => {
  await using log = createMemoryLog({ partitions: 2 })
  const failing = crediting(() => {
    throw new Error('no rate for it')
  })
  const first = await start(transfers(failing), { log: kept(log), ...quiet })
  await first.send('Start', { transferId: 't1', to: 'a', amount: 1 })
  await until(() => first.parked().events.length === 1)
  assert.deepEqual(first.parked().unknown, [])
  const second = await start(transfers(failing), { log: kept(log), ...quiet })
  await until(() => second.parked().unknown.length === 0 && first.parked().unknown.length === 2)
  await until(() => second.parked().events.length === 1)
  assert.deepEqual(first.parked().events, [])
  await Promise.all([first.stop(), second.stop()])
})

test('one key with very many events keeps no other out, and holds but some of them', async () => {
  await using log = createMemoryLog({ partitions: 1 })
  const handled: string[] = []
  const gate = Promise.withResolvers<void>()
  const reactor = crediting(async ({ amount }, { key }) => {
    if (key === 'hot' && amount === 0) await gate.promise
    handled.push(`${key} ${amount}`)
  })
  const running = await start(transfers(reactor), { log: kept(log), ...quiet })
  const count = 6_000
  const sent = Array.from({ length: count }, (_, amount) =>
    running.send('Start', { transferId: 'hot', to: 'a', amount }, { timeoutMs: 60_000 }),
  )
  await Promise.all(sent)
  for (const amount of [1, 2, 3]) await running.send('Start', { transferId: 'cold', to: 'a', amount })
  await until(() => handled.length === 3 && running.status().reactors[0]?.pending === count)
  gate.resolve()
  await until(() => handled.length === count + 3)
  assert.deepEqual(handled, [...[1, 2, 3].map((each) => `cold ${each}`), ...Array.from({ length: count }, (_, each) => `hot ${each}`)])
  await running.stop()
})
