import assert from 'node:assert/strict'
import type { ShardCheckpoint, ShardCheckpoints } from '@millrace/core'
import type { ContractCase } from './contract.ts'
import { awkwardTexts } from './fixtures.ts'

async function opened(checkpoints: ShardCheckpoints, partition: number, version: string): Promise<ShardCheckpoint> {
  const checkpoint = await checkpoints.open(partition, version)
  assert.ok(checkpoint, `partition ${partition} has a checkpoint of version '${version}'`)
  return checkpoint
}

/** What every `ShardCheckpoints` must do. */
export const checkpointsContract: readonly ContractCase<ShardCheckpoints>[] = [
  {
    name: 'has none at first',
    async run(open) {
      await using checkpoints = await open()
      assert.equal(await checkpoints.open(0, '1'), undefined)
    },
  },
  {
    name: 'gives back what was saved',
    async run(open) {
      await using checkpoints = await open()
      await checkpoints.open(0, '1')
      const state = {
        seats: new Map([['A-1-1', { status: 'held', untilMs: 1.5 }]]),
        set: new Set([1]),
        when: new Date(0),
        big: 2n ** 70n,
        bytes: new Uint8Array([1, 2]),
        none: undefined,
        nan: NaN,
      }
      await checkpoints.save(0, '1', {
        next: 12,
        summary: { timers: [1, 2], ids: new Map([['c', 3]]) },
        states: new Map([['show/1', state]]),
      })
      const checkpoint = await opened(checkpoints, 0, '1')
      assert.equal(checkpoint.next, 12)
      assert.deepEqual(checkpoint.summary, { timers: [1, 2], ids: new Map([['c', 3]]) })
      assert.deepEqual(checkpoint.load('show/1'), state)
      assert.equal(checkpoint.load('show/2'), undefined)
    },
  },
  {
    name: 'keeps states on top of those saved before, and forgets where null is saved',
    async run(open) {
      await using checkpoints = await open()
      await checkpoints.open(0, '1')
      await checkpoints.save(0, '1', {
        next: 1,
        summary: 'one',
        states: new Map<string, unknown>([
          ['a', 1],
          ['b', 1],
          ['c', 1],
        ]),
      })
      await checkpoints.save(0, '1', {
        next: 2,
        summary: 'two',
        states: new Map<string, unknown>([
          ['b', 2],
          ['c', null],
        ]),
      })
      const checkpoint = await opened(checkpoints, 0, '1')
      assert.equal(checkpoint.next, 2)
      assert.equal(checkpoint.summary, 'two')
      assert.deepEqual(
        ['a', 'b', 'c'].map((name) => checkpoint.load(name) ?? undefined),
        [1, 2, undefined],
      )
    },
  },
  {
    name: 'keeps a state as it was when it was saved',
    async run(open) {
      await using checkpoints = await open()
      await checkpoints.open(0, '1')
      const state = { count: 1 }
      await checkpoints.save(0, '1', { next: 1, summary: null, states: new Map([['a', state]]) })
      state.count = 2
      assert.deepEqual((await opened(checkpoints, 0, '1')).load('a'), { count: 1 })
    },
  },
  {
    name: 'keeps partitions apart',
    async run(open) {
      await using checkpoints = await open()
      for (const partition of [0, 3]) {
        await checkpoints.open(partition, '1')
        await checkpoints.save(partition, '1', { next: partition + 10, summary: partition, states: new Map([['a', partition]]) })
      }
      assert.equal(await checkpoints.open(1, '1'), undefined)
      for (const partition of [0, 3]) {
        const checkpoint = await opened(checkpoints, partition, '1')
        assert.deepEqual([checkpoint.next, checkpoint.summary, checkpoint.load('a')], [partition + 10, partition, partition])
      }
    },
  },
  {
    name: 'has none of another version, and mixes no states of it in',
    async run(open) {
      await using checkpoints = await open()
      await checkpoints.open(0, '1')
      await checkpoints.save(0, '1', { next: 5, summary: null, states: new Map([['old', 1]]) })
      assert.equal(await checkpoints.open(0, '2'), undefined)
      await checkpoints.save(0, '2', { next: 6, summary: null, states: new Map([['new', 2]]) })
      const checkpoint = await opened(checkpoints, 0, '2')
      assert.equal(checkpoint.next, 6)
      assert.equal(checkpoint.load('old'), undefined)
      assert.equal(checkpoint.load('new'), 2)
    },
  },
  {
    name: 'takes any text as a name, and thousands of states',
    async run(open) {
      await using checkpoints = await open()
      await checkpoints.open(0, '1')
      const names = [...awkwardTexts, 'a\u0000b', ...Array.from({ length: 5_000 }, (_, at) => `order/${at}`)]
      await checkpoints.save(0, '1', { next: 1, summary: null, states: new Map(names.map((name) => [name, { name }])) })
      const checkpoint = await opened(checkpoints, 0, '1')
      for (const name of names) assert.deepEqual(checkpoint.load(name), { name })
    },
  },
]
