import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import {
  aggregate,
  app,
  createMemoryLog,
  createMemorySharedReadStore,
  event,
  mergePatch,
  projection,
  start,
  systemClock,
  type LiveQuery,
  type Running,
  type SharedReadModel,
  type SharedReadStore,
  type ToldWrites,
} from '../../index.ts'

const meter = aggregate('meter', {
  commands: { Read: z.object({ id: z.string(), at: z.number() }), Remove: z.object({ id: z.string() }) },
  events: { HasRead: z.object({ at: z.number() }), Removed: z.object({}) },
  key: ({ id }) => id,
  initialState: () => 0,
  decide: { Read: ({ at }) => [event('HasRead', { at })], Remove: () => [event('Removed', {})] },
  evolve: { HasRead: (_, { at }) => at, Removed: () => 0 },
})
const readings = projection('readings', {
  from: [meter],
  document: z.object({ at: z.number() }),
  on: {
    HasRead: async ({ at }, { key, model }) => {
      if ((await model.get(key)) === undefined) model.put(key, { at })
      else model.patch(key, { at })
    },
    Removed: (_data, { key, model }) => model.delete(key),
  },
  queries: (query) => ({ reading: query(z.object({ id: z.string() }), ({ id }, model) => model.get(id)) }),
})
const meters = app('meters', { aggregates: [meter], projections: [readings] })

const pause = (ms: number): Promise<void> => new Promise((resolve) => void systemClock.after(ms, resolve))

/** A shared store as a server is one: what is read may be newer than what has been told, which comes one by one. */
class LateStore {
  readonly #untold: (() => void)[] = []
  isLate = false

  get untold(): number {
    return this.#untold.length
  }

  tellNext(): void {
    this.#untold.shift()?.()
  }

  over(store: SharedReadStore): SharedReadStore {
    return { ...store, open: async (name, version) => this.#model(name, await store.open(name, version)) }
  }

  #model(name: string, model: SharedReadModel): SharedReadModel {
    if (name !== 'readings') return model
    let { checkpoint } = model
    const follow: SharedReadModel['follow'] = (listener) =>
      model.follow((writes: ToldWrites | undefined) => {
        const now = model.checkpoint
        const tell = (): void => {
          checkpoint = now
          listener(writes)
        }
        if (this.isLate) this.#untold.push(tell)
        else tell()
      })
    return Object.defineProperties(Object.create(model) as SharedReadModel, {
      checkpoint: { get: () => checkpoint },
      follow: { value: follow },
    })
  }
}

/** What a client of `reading` shows, one after the other. */
async function watchReading(
  running: Running,
  resume?: string,
  before: number | null = null,
): Promise<{ readonly live: LiveQuery; readonly shown: (number | undefined)[] }> {
  const shown: (number | undefined)[] = []
  let value: { at?: number } | null = before === null ? null : { at: before }
  const pull = (): void => {
    for (let change = live.next(); change !== undefined; change = live.next()) {
      const said = JSON.parse(change.json) as { at?: number } | null
      if (change.kind === 'snapshot') value = said
      else mergePatch(value as Record<string, unknown>, said as Record<string, unknown>)
      shown.push(value?.at)
    }
  }
  const live = await running.live('reading', { id: 'm' }, { onReady: pull, resume })
  pull()
  return { live, shown }
}

/** After a change those who watch may have a rest: what they are told comes when it comes, and nothing after it. */
async function isShown(shown: readonly (number | undefined)[], expected: readonly (number | undefined)[]): Promise<void> {
  for (const endMs = performance.now() + 60_000; shown.length < expected.length;) {
    assert.ok(performance.now() < endMs, `only ${String(shown)} of ${String(expected)}`)
    await pause(2)
  }
  await pause(20)
  assert.deepEqual(shown, expected)
}

/** An app whose store has told of a reading of 1, and has one of 2 and one of 3 of which it has not told yet. */
async function openLate() {
  const late = new LateStore()
  const running = await start(meters, { log: createMemoryLog({ partitions: 1 }), store: late.over(createMemorySharedReadStore()) })
  const store = async (at: number | undefined): Promise<void> => {
    const before = late.untold
    const { position } = at === undefined ? await running.send('Remove', { id: 'm' }) : await running.send('Read', { id: 'm', at })
    if (late.isLate) while (late.untold === before) await pause(1)
    else await running.query('reading', { id: 'm' }, { after: position })
  }
  await store(1)
  late.isLate = true
  await store(2)
  await store(3)
  return {
    running,
    store,
    async tellAll(): Promise<void> {
      while (late.untold > 0) {
        late.tellNext()
        await pause(5)
      }
    },
    tellNext(): void {
      late.tellNext()
    },
    [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
  }
}

test('who watches is told nothing that the answer they began with holds already', async () => {
  await using world = await openLate()
  const { live, shown } = await watchReading(world.running as unknown as Running)
  assert.deepEqual(shown, [3])
  await world.tellAll()
  await world.store(4)
  await world.tellAll()
  await isShown(shown, [3, 4])
  live[Symbol.dispose]()
})

test('what is gone by then is told, too', async () => {
  await using world = await openLate()
  const { live, shown } = await watchReading(world.running as unknown as Running)
  await world.store(undefined)
  await world.tellAll()
  await isShown(shown, [3, undefined])
  live[Symbol.dispose]()
})

test('nor is one told it who comes back', async () => {
  await using world = await openLate()
  const first = await watchReading(world.running as unknown as Running)
  const token = first.live.resume
  first.live[Symbol.dispose]()
  world.tellNext()
  await pause(5)
  const again = await watchReading(world.running as unknown as Running, token, 3)
  await world.store(5)
  await world.tellAll()
  await isShown(again.shown, [5])
  again.live[Symbol.dispose]()
})
