import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import {
  aggregate,
  app,
  createMemoryLog,
  createMemorySharedReadStore,
  event,
  MillraceError,
  projection,
  start,
  type Clock,
  type SharedReadStore,
} from '../index.ts'
import { StoreTrouble } from './store-trouble.ts'

const counter = aggregate('counter', {
  commands: { Add: z.object({ id: z.string() }) },
  events: { Added: z.object({}) },
  key: ({ id }) => id,
  initialState: () => 0,
  decide: { Add: () => [event('Added', {})] },
  evolve: { Added: (count) => count + 1 },
})
const countsOf = (name: string) =>
  projection(name, {
    from: [counter],
    document: z.object({ count: z.number() }),
    on: { Added: async (_data, { key, model }) => model.put(key, { count: ((await model.get(key))?.count ?? 0) + 1 }) },
    queries: (query) => ({ [name]: query(z.object({ id: z.string() }), async ({ id }, model) => (await model.get(id))?.count ?? 0) }),
  })
const counters = app('counters', { aggregates: [counter], projections: [countsOf('one'), countsOf('other')] })

type Watcher = (trouble: MillraceError | undefined) => void
const away = new MillraceError('STORE_UNAVAILABLE', 'the read store is away')
const jargon = new MillraceError('STORE_UNAVAILABLE', 'Connection terminated unexpectedly')

/** In memory, and away when told so: then no commit goes through. */
function fickleStore(): SharedReadStore & { readonly tell: Watcher } {
  let trouble: MillraceError | undefined
  const watchers: Watcher[] = []
  return {
    ...createMemorySharedReadStore({ beforeCommit: () => (trouble === undefined ? undefined : Promise.reject(jargon)) }),
    watch: (listener) => void watchers.push(listener),
    tell(now) {
      trouble = now
      for (const each of watchers) each(now)
    },
  }
}

test('a read store that goes away is told once for all read models, as is that it is back, and it is not ready meanwhile', async () => {
  const store = fickleStore()
  const troubles: Error[] = []
  const recoveries: string[] = []
  await using running = await start(counters, {
    log: createMemoryLog({ partitions: 4 }),
    store,
    onTrouble: (error) => troubles.push(error),
    onRecovery: (message) => recoveries.push(message),
  })
  const add = (id: string) => running.send('Add', { id })
  const countsAfter = async (position: string): Promise<readonly unknown[]> =>
    Promise.all(
      ['one', 'other'].map(async (name): Promise<unknown> =>
        JSON.parse((await running.answer(name, { id: 'a' }, { after: position, timeoutMs: 60_000 })).json),
      ),
    )
  assert.deepEqual(await countsAfter((await add('a')).position), [1, 1])
  assert.deepEqual([running.status().ready, running.status().store], [true, { state: 'ok' }])

  store.tell(away)
  assert.deepEqual([running.status().ready, running.status().store], [false, { state: 'unavailable', error: away }])
  const { position } = await add('a')
  for (const id of ['b', 'c', 'd', 'e']) await add(id)
  await assert.rejects(running.answer('one', { id: 'a' }, { after: position, timeoutMs: 20 }), { code: 'QUERY_STALE' })
  store.tell(undefined)
  assert.deepEqual(await countsAfter(position), [2, 2])
  assert.deepEqual([running.status().ready, running.status().store], [true, { state: 'ok' }])
  assert.deepEqual(troubles, [away])
  assert.equal(recoveries.length, 1)
  assert.match(recoveries[0]!, /^the read store is back, after \d+ s$/)
})

test('commits that fail for long in a store that is not known to be away are told all the same', () => {
  let nowMs = 1_000_000
  const clock: Clock = { nowMs: () => nowMs, after: () => () => undefined }
  const store = fickleStore()
  const trouble = new StoreTrouble(store, { clock, onTrouble: () => undefined, onRecovery: () => undefined })
  const isNewsAfter = (ms: number): boolean => {
    nowMs += ms
    return trouble.isNews(jargon, nowMs - ms)
  }
  assert.deepEqual([isNewsAfter(0), isNewsAfter(5_000), isNewsAfter(60_000)], [false, false, true])
  assert.ok(trouble.isNews(new MillraceError('STORE_FULL', 'no room'), nowMs), 'what is something else is told at once')
  store.tell(away)
  assert.equal(isNewsAfter(60_000), false, 'that is told')
  store.tell(undefined)
  assert.equal(trouble.isNews(jargon, nowMs - 60_000), false, 'a connection may fail once more')
  assert.equal(isNewsAfter(60_000), true)
  const silent = new StoreTrouble(createMemorySharedReadStore(), { clock, onTrouble: () => undefined, onRecovery: () => undefined })
  assert.ok(silent.isNews(jargon, nowMs), 'a store that says nothing of itself: its read models do')
})

test('who waits for another attempt goes on as soon as the store is back', async () => {
  // No time passes here.
  const clock: Clock = { nowMs: () => 0, after: () => () => undefined }
  const store = fickleStore()
  const trouble = new StoreTrouble(store, { clock, onTrouble: () => undefined, onRecovery: () => undefined })
  store.tell(away)
  const stop = new AbortController()
  const waiting = [trouble.pause(5_000, stop.signal), trouble.pause(60_000, stop.signal)]
  store.tell(undefined)
  assert.deepEqual(await Promise.all(waiting), [true, true])
  const other = trouble.pause(5_000, stop.signal)
  stop.abort()
  assert.equal(await other, false)
})
