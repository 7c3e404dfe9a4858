import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock } from '@millrace/testing'
import { createMemoryLog, MillraceError, type Batch, type Log, type NewRecord } from '../index.ts'
import { createRegistry } from '../shard/registry.ts'
import { crediting, transfers } from './fixtures/transfers.ts'
import type { ReactedData } from './progress.ts'
import type { Reactor } from './reactor.ts'
import { ReactorLoop } from './reactor-loop.ts'

const started = (key: string, offset: number): NewRecord => ({
  kind: 'event',
  type: 'Started',
  key,
  timeMs: 0,
  data: '{"to":"a","amount":1}',
  commandId: `c${offset}`,
  index: 0,
  commandOffset: offset,
  fingerprint: 0,
})

/** Runs `reactor` on a partition of `count` events, each of a key of its own, until nothing more happens. */
async function runOn(reactor: Reactor, count: number, changed: Partial<Log> = {}, marker = 0) {
  const stop = new AbortController()
  const read = async function* (): AsyncGenerator<Batch> {
    for (let first = 0; first < count; first += 1_000) {
      const records = Array.from({ length: Math.min(1_000, count - first) }, (_, at) => started(`t${first + at}`, first + at))
      yield { partition: 0, first, next: first + records.length, records }
    }
    await new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()))
  }
  const troubles: string[] = []
  const reacted: ReactedData[] = []
  const log: Log = { ...createMemoryLog({ partitions: 1 }), submit: async () => 0, read, ...changed }
  const loop = new ReactorLoop(
    reactor,
    { partition: 0, epoch: 1, marker, signal: stop.signal },
    { progressOf: async () => undefined, react: async (data) => void reacted.push(data) },
    {
      log,
      registry: createRegistry(transfers(reactor)),
      clock: createVirtualClock(),
      onTrouble: (error) => troubles.push(error instanceof MillraceError ? error.code : error.message),
    },
  )
  const running = loop.run().catch((error: unknown) => error as Error)
  const state = (): string => JSON.stringify([loop.status.pending, loop.status.next, reacted.length])
  const seen: string[] = []
  do {
    seen.push(state())
    await new Promise((resolve) => setTimeout(resolve, 5))
  } while (seen.slice(-5).some((before) => before !== state()) || seen.length < 5)
  const { status } = loop
  stop.abort()
  return { status, troubles, reacted, error: await running }
}

test('what a handler throws is the event’s, even where it is said by the log that the handler asked', async () => {
  const { status, troubles, error } = await runOn(
    crediting((_data, { key }) => {
      if (key === 't3') throw new MillraceError('LOG_UNAVAILABLE', 'a command of its own was not taken')
    }),
    10,
  )
  assert.equal(error, undefined)
  assert.deepEqual([status.parked.map(({ key }) => key), status.next, troubles], [['t3'], 10, ['REACTION_PARKED']])
})

test('a command that is larger than the log takes parks its event, and is not sent for ever', async () => {
  const { status } = await runOn(crediting(), 3, { maxCommandBytes: 1_000 })
  assert.deepEqual([status.parked.length, status.next], [3, 3])
  assert.match(status.parked[0]?.reason ?? '', /Credit takes \d+ bytes in the log, and may take 1000/)
})

test('an event that takes for ever lets others by, up to a bound: whoever takes their commands remembers them meanwhile', async () => {
  let handled = 0
  const hangs: Reactor = {
    ...crediting(),
    on: { Started: (_data, { key }) => (key === 't7' ? new Promise(() => undefined) : (handled++, [])) },
  }
  const { status } = await runOn(hangs, 120_000)
  assert.deepEqual([status.next, status.pending, handled], [7, 1, 7 + 100_000 - 1])
})

test('a handler that fails for every key stops, and parks no more than so many', async () => {
  const { status, error } = await runOn(
    crediting(() => {
      throw new Error('wrong')
    }),
    12_000,
  )
  assert.equal(status.parked.length, 10_000)
  assert.equal(status.next, 10_000, 'goes on from there once it is mended')
  assert.match(error?.message ?? '', /10000 keys are parked/)
})

test('of more than shards can be asked to remember, an operator is told that a retry may do it twice', async () => {
  const failing = crediting((_data, { key }) => {
    if (key === 't3') throw new Error('wrong')
  })
  const few = await runOn(failing, 10, {}, 10)
  assert.deepEqual([few.reacted.flatMap(({ parked = [] }) => parked)[0]?.openBefore, few.status.parked[0]?.mayRepeat], [10, undefined])
  const many = await runOn(failing, 10, {}, 200_010)
  assert.deepEqual([many.reacted.flatMap(({ parked = [] }) => parked)[0]?.openBefore, many.status.parked[0]?.mayRepeat], [undefined, true])
})
