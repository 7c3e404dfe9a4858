import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import {
  aggregate,
  app,
  createMemoryLog,
  createMemoryReadStore,
  event,
  projection,
  start,
  START,
  systemClock,
  type ReadStore,
} from '../../index.ts'
import { firstDifference } from './first-difference.ts'

const counter = aggregate('counter', {
  commands: { Add: z.object({ id: z.string(), by: z.number() }) },
  events: { Added: z.object({ by: z.number() }) },
  key: ({ id }) => id,
  initialState: () => 0,
  decide: { Add: ({ by }) => [event('Added', { by })] },
  evolve: { Added: (count, { by }) => count + by },
})
const counts = projection('counts', {
  from: [counter],
  document: z.object({ count: z.number(), last: z.record(z.string(), z.number()) }),
  on: {
    Added: async ({ by }, { key, model }) => {
      const before = await model.get(key)
      if (before === undefined) model.put(key, { count: by, last: { by } })
      else model.patch(key, { count: before.count + by, last: { by } })
    },
  },
  queries: (query) => ({ count: query(z.object({ id: z.string() }), async ({ id }, model) => (await model.get(id))?.count ?? 0) }),
})
const counters = app('counters', { aggregates: [counter], projections: [counts] })

/** The store of an app, and a way to damage what it holds. */
function openStore(): {
  readonly store: ReadStore
  damage(change: (documents: Record<string, unknown>) => void, key: string): Promise<void>
} {
  const store = createMemoryReadStore()
  let model: Awaited<ReturnType<ReadStore['open']>> | undefined
  return {
    store: {
      isShared: false,
      async open(name, version) {
        const opened = await store.open(name, version)
        if (name === 'counts') model = opened
        return opened
      },
      remove: (name, version) => store.remove(name, version),
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    },
    async damage(change, key) {
      const document = structuredClone((await model!.get(key)) ?? {})
      change(document)
      await model!.commit(new Map([[key, { kind: 'put', document }]]), model!.checkpoint ?? START)
    },
  }
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise<void>((resolve) => void systemClock.after(5, resolve))
}

test('a read model that is what the log says is found to be so, while commands go on', async () => {
  await using running = await start(counters, { log: createMemoryLog({ partitions: 4 }) })
  for (let sent = 0; sent < 2_000; sent++) void running.submit('Add', { id: `c${sent % 700}`, by: sent })
  await until(() => running.status().projections[0]!.behind === 0 && running.counters().accepted >= 2_000)
  const over = new AbortController()
  const sending = (async () => {
    for (let sent = 0; !over.signal.aborted; sent++) {
      await running.send('Add', { id: `c${sent % 900}`, by: 1 })
      // On the log in memory all of it happens in one turn of the event loop, which nothing else gets a turn of.
      await new Promise((resolve) => setImmediate(resolve))
    }
  })()
  const steps = new Set<string>()
  const found = await running.verify('counts', { onProgress: ({ step }) => steps.add(step) })
  over.abort()
  await sending
  assert.deepEqual([found.differing, found.differences], [0, []])
  assert.ok(found.documents >= 700 && found.records >= 2_000, JSON.stringify(found))
  assert.deepEqual([...steps], ['folding', 'comparing'])
})

test('what differs is told by key and place: changed, missing and made up', async () => {
  const { store, damage } = openStore()
  await using running = await start(counters, { log: createMemoryLog({ partitions: 2 }), store })
  for (let id = 0; id < 1_200; id++) await running.send('Add', { id: `c${id}`, by: id })
  const receipt = await running.send('Add', { id: 'c7', by: 1 })
  await running.query('count', { id: 'c7' }, { after: receipt })
  await damage((document) => Object.assign(document, { last: { by: 99 } }), 'c7')
  await damage((document) => Object.assign(document, { count: 1, last: {} }), 'a ghost')
  const found = await running.verify('counts')
  assert.equal(found.documents, 1_201)
  assert.equal(found.differing, 2)
  assert.deepEqual(found.differences, [
    { key: 'a ghost', path: '', served: '{"count":1,"last":{}}' },
    { key: 'c7', path: '/last/by', served: '99', other: '1' },
  ])
})

test('who gives it up is obeyed, and an unknown name is said', async () => {
  await using running = await start(counters, { log: createMemoryLog({ partitions: 2 }) })
  await running.send('Add', { id: 'c', by: 1 })
  await assert.rejects(running.verify('counts', { signal: AbortSignal.abort(new Error('enough')) }), /enough/)
  await assert.rejects(running.verify('prices'), { code: 'READ_MODEL_UNKNOWN', message: /known: counts/ })
})

test('the first place where two values differ', () => {
  const at = (one: unknown, other: unknown): string | undefined => firstDifference(one, other)?.path
  assert.equal(at({ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 }), undefined)
  assert.equal(at({ a: undefined }, {}), undefined)
  assert.equal(at({ a: 1, b: [1, { c: 2 }] }, { a: 1, b: [1, { c: 3 }] }), '/b/1/c')
  assert.equal(at([1], [1, 2]), '/1')
  assert.equal(at({ 'a/b~': 1 }, {}), '/a~1b~0')
  assert.equal(at([], {}), '')
  assert.equal(at(null, undefined), '')
})
