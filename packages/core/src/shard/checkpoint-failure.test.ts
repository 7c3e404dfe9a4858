import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import {
  aggregate,
  app,
  command,
  createMemoryLog,
  event,
  MillraceError,
  schedule,
  start,
  type Log,
  type ShardCheckpoints,
} from '../index.ts'

const counter = aggregate('counter', {
  commands: { Count: z.object({ counterId: z.string() }), Due: z.object({ counterId: z.string() }) },
  events: { Counted: z.object({ to: z.number() }), WasDue: z.object({}) },
  key: ({ counterId }) => counterId,
  initialState: () => ({ count: 0 }),
  decide: {
    Count: ({ counterId }, { count }, { nowMs }) => [
      event('Counted', { to: count + 1 }),
      schedule(nowMs + 3_600_000, command('Due', { counterId }), { name: 'due' }),
    ],
    Due: () => [event('WasDue', {})],
  },
  evolve: {
    Counted: (state, { to }) => {
      state.count = to
      return state
    },
    WasDue: (state) => state,
  },
})
const counters = app('counters', { aggregates: [counter] })

/** Keeps what it is given, unless told to fail: then nothing of it. */
function flakyCheckpoints(): ShardCheckpoints & { isFull: boolean; saves: number } {
  const kept = new Map<number, { version: string; next: number; summary: unknown; states: Map<string, unknown> }>()
  return {
    isFull: false,
    saves: 0,
    async open(partition, version) {
      const found = kept.get(partition)
      if (found?.version !== version) return undefined
      return { next: found.next, summary: found.summary, load: (name) => structuredClone(found.states.get(name)) ?? undefined }
    },
    async save(partition, version, { next, summary, states }) {
      this.saves++
      if (this.isFull) throw new MillraceError('STORE_FULL', 'no room')
      const before = kept.get(partition)?.states ?? new Map<string, unknown>()
      for (const [name, state] of structuredClone(new Map(states))) {
        if (state === null) before.delete(name)
        else before.set(name, state)
      }
      kept.set(partition, { version, next, summary: structuredClone(summary), states: before })
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

test('a checkpoint that could not be kept is made up for by the next one', async () => {
  await using log = createMemoryLog({ partitions: 1 })
  const kept: Log = { ...log, [Symbol.asyncDispose]: async () => undefined }
  const checkpoints = flakyCheckpoints()
  {
    const running = await start(counters, { log: kept, checkpoints, onTrouble: () => undefined })
    await running.send('Count', { counterId: 'a' })
    checkpoints.isFull = true
    // More than a checkpoint's worth of records, so that one is tried meanwhile; then room is made.
    for (let round = 0; round < 11; round++)
      await Promise.all(Array.from({ length: 1_000 }, () => running.send('Count', { counterId: 'another' }, { timeoutMs: 60_000 })))
    assert.ok(checkpoints.saves > 0)
    checkpoints.isFull = false
    await running.stop() // keeps a checkpoint
  }
  const running = await start(counters, { log: kept, checkpoints, onTrouble: () => undefined })
  const receipt = await running.send('Count', { counterId: 'a' })
  assert.deepEqual(receipt.events, [{ type: 'Counted', data: { to: 2 } }])
  assert.equal(running.status().shards[0]?.timers, 2)
  await running.stop()
})
