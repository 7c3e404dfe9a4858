import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { Trace } from '../../app/trace.ts'
import { MillraceError } from '../../errors.ts'
import { systemClock } from '../../ports/clock.ts'
import type { Batch, Log, NewRecord } from '../../ports/log.ts'
import { createMemoryReadStore } from '../../ports/memory-read-store.ts'
import type { ReadModel } from '../../ports/read-store.ts'
import { aggregate } from '../../shard/aggregate.ts'
import { event } from '../../shard/decision.ts'
import { projection } from '../projection.ts'
import { WholeFold } from './whole-fold.ts'

const KEYS = 7
const PER_BATCH = 64
const BATCHES = 200

const counter = aggregate('counter', {
  commands: { Count: z.object({ key: z.string() }) },
  events: { Counted: z.object({ number: z.number() }) },
  key: ({ key }) => key,
  initialState: () => 0,
  decide: { Count: (_command, count) => [event('Counted', { number: count + 1 })] },
  evolve: { Counted: (_count, { number }) => number },
})

/** Reads before it writes, in every way: a read that misses what was written before gives another document. */
const counts = projection('counts', {
  from: [counter],
  document: z.object({ count: z.number(), numbers: z.record(z.string(), z.number()) }),
  on: {
    Counted: async ({ number }, { key, model }) => {
      const document = await model.get(key)
      if (document === undefined) return model.put(key, { count: 1, numbers: {} })
      if (document.count !== number - 1) throw new Error(`${key} has ${document.count} where event ${number} comes`)
      if (number % 11 === 0) model.put(key, { ...document, count: number })
      else if (number % 13 === 0) {
        model.delete(key)
        if ((await model.get(key)) !== undefined) throw new Error(`${key} is there, though it was deleted`)
        model.put(key, { count: number, numbers: {} })
      } else model.patch(key, { count: number, numbers: { [`n${number % 5}`]: number } })
    },
  },
  queries: () => ({}),
})

/** Of two partitions, each with all keys of its own. */
function logOf(): Log {
  const batchOf = (partition: number, batch: number): Batch => {
    const first = batch * PER_BATCH
    const records = Array.from({ length: PER_BATCH }, (_, at): NewRecord => {
      const data = JSON.stringify({ number: Math.floor((first + at) / KEYS) + 1 })
      const key = `${partition}-${(first + at) % KEYS}`
      return { kind: 'event', type: 'Counted', key, timeMs: 0, data, commandId: '', index: 0, commandOffset: -1, fingerprint: 0 }
    })
    return { partition, first, next: first + PER_BATCH, records }
  }
  return {
    partitions: 2,
    async *read(partition: number, from: number, signal: AbortSignal) {
      for (let batch = Math.floor(from / PER_BATCH); batch < BATCHES && !signal.aborted; batch++) yield batchOf(partition, batch)
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
    },
  } as unknown as Log
}

interface Folding {
  readonly model: ReadModel
  /** Records of each commit that was stored, over both partitions. */
  readonly commits: number[]
  readonly retries: Error[]
  readonly whenDone: Promise<void>
}

/** Folds the log. `store` is what each commit goes through, counted from 0. */
async function fold(store: (count: number, commit: () => Promise<void>) => Promise<void>, stop: AbortController): Promise<Folding> {
  const model = await createMemoryReadStore().open('counts', '1')
  const commits: number[] = []
  const retries: Error[] = []
  let count = 0
  let before = 0
  const whenDone = new WholeFold(model, {
    projection: counts,
    log: logOf(),
    clock: systemClock,
    trace: new Trace(systemClock),
    refused: new Map(),
    mayPark: () => false,
    onParked: () => undefined,
    onRetry: (error) => retries.push(error),
    commit: (commit) => store(count++, commit),
    onCommitted: (position) => {
      const records = [...position.values()].reduce((sum, next) => sum + next, 0)
      commits.push(records - before)
      before = records
      if (records === 2 * BATCHES * PER_BATCH) stop.abort()
    },
  }).run(stop.signal)
  return { model, commits, retries, whenDone }
}

const expectAll = (model: ReadModel): void => {
  for (const partition of [0, 1]) {
    assert.equal(model.checkpoint.get(partition), BATCHES * PER_BATCH)
    for (let key = 0; key < KEYS; key++) {
      const { count } = model.get(`${partition}-${key}`) as { readonly count: number }
      assert.equal(count, Math.floor((BATCHES * PER_BATCH - 1 - key) / KEYS) + 1)
    }
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('handlers read what is on its way to the store, and commits are stored one after the other', async () => {
  const stop = new AbortController()
  let underWay = 0
  const { model, commits, whenDone } = await fold(async (count, commit) => {
    assert.equal(++underWay, 1)
    // The store takes its time, before and after what it stores can be read.
    for (let turns = count % 3; turns > 0; turns--) await turn()
    await commit()
    for (let turns = count % 2; turns > 0; turns--) await turn()
    underWay--
  }, stop)
  await whenDone
  expectAll(model)
  assert.ok(commits.length > 2 && commits.length < BATCHES, `${commits.length} commits of ${2 * BATCHES} batches`)
})

test('a store that is away for a while gets the same commit again, and nothing that was folded since before it', async () => {
  const stop = new AbortController()
  const { model, retries, whenDone } = await fold(async (count, commit) => {
    await turn()
    if (count === 1 || count === 2) throw new MillraceError('STORE_UNAVAILABLE', 'away')
    await commit()
  }, stop)
  await whenDone
  expectAll(model)
  assert.equal(retries.length, 2)
})

test('where a commit fails for good, nothing that was folded after it is stored', async () => {
  const stop = new AbortController()
  let tries = 0
  const { model, commits, whenDone } = await fold(async (count, commit) => {
    tries++
    await turn()
    if (count === 1) throw new MillraceError('STORE_FENCED', 'another owner')
    await commit()
  }, stop)
  await assert.rejects(whenDone, { code: 'STORE_FENCED' })
  await turn()
  assert.equal(tries, 2)
  assert.equal(commits.length, 1)
  assert.equal(
    [...model.checkpoint.values()].reduce((sum, next) => sum + next, 0),
    commits[0],
  )
})
