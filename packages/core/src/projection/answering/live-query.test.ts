import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import {
  aggregate,
  app,
  createMemoryLog,
  event,
  mergePatch,
  projection,
  start,
  systemClock,
  type Change,
  type Clock,
  type LiveQuery,
  type Running,
} from '../../index.ts'

const board = aggregate('board', {
  commands: { Set: z.object({ board: z.string(), cell: z.string(), to: z.number().nullable() }), Clear: z.object({ board: z.string() }) },
  events: { CellSet: z.object({ cell: z.string(), to: z.number().nullable() }), Cleared: z.object({}) },
  key: ({ board }) => board,
  initialState: () => 0,
  decide: { Set: ({ cell, to }) => [event('CellSet', { cell, to })], Clear: () => [event('Cleared', {})] },
  evolve: { CellSet: (count) => count + 1, Cleared: (count) => count },
})
const cells = projection('cells', {
  from: [board],
  document: z.object({ cells: z.record(z.string(), z.number()), sets: z.number() }),
  on: {
    CellSet: async ({ cell, to }, { key, model }) => {
      const known = await model.get(key)
      if (known === undefined) model.put(key, { cells: to === null ? {} : { [cell]: to }, sets: 1 })
      else model.patch(key, { cells: { [cell]: to }, sets: known.sets + 1 })
    },
    Cleared: (_data, { key, model }) => model.put(key, { cells: {}, sets: 0 }),
  },
  queries: (query) => ({
    cells: query(z.object({ board: z.string() }), ({ board }, model) => model.get(board)),
    sum: query(z.object({ board: z.string() }), async ({ board }, model) =>
      Object.values((await model.get(board))?.cells ?? {}).reduce((sum, each) => sum + each, 0),
    ),
  }),
})
const boards = app('boards', { aggregates: [board], projections: [cells] })

/** After a change those who watch may have a rest, as long as telling it took: so what they are told comes when it comes. */
async function until(what: string, isSo: () => boolean): Promise<void> {
  for (const endMs = performance.now() + 60_000; !isSo();) {
    assert.ok(performance.now() < endMs, `${what}: not within a minute`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}
const equals = (one: unknown, other: unknown): boolean => JSON.stringify(sortedOf(one)) === JSON.stringify(sortedOf(other))
const sortedOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Object.entries(value)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, each]) => [name, sortedOf(each)])
    : value

/** A client: keeps what it was told, as a browser would. */
class Client {
  value: unknown
  changes = 0
  snapshots = 0
  lastPosition: string | undefined
  #live: LiveQuery | undefined
  readonly #eager: () => boolean

  constructor(eager: () => boolean) {
    this.#eager = eager
  }

  async open(running: Running, name: string, resume?: string): Promise<void> {
    this.#live = await running.live(name, { board: 'b' }, { onReady: () => this.#eager() && this.pull(), resume })
    this.pull()
  }

  pull(): void {
    for (let change = this.#live?.next(); change !== undefined; change = this.#live?.next()) this.#take(change)
  }

  close(): void {
    this.#live?.[Symbol.dispose]()
  }

  #take({ kind, json, position }: Change): void {
    this.changes++
    this.lastPosition = position
    if (kind === 'snapshot') {
      this.snapshots++
      this.value = JSON.parse(json)
    } else mergePatch(this.value as Record<string, unknown>, JSON.parse(json) as Record<string, unknown>)
  }
}

for (const seed of [1, 2, 3]) {
  test(`every watcher ends with what the query says, however slow it is and whenever it came (seed ${seed})`, async () => {
    let state = seed
    const random = (below: number): number => (state = (state * 1103515245 + 12345) & 0x7fffffff) % below
    await using running = await start(boards, { log: createMemoryLog({ partitions: 2 }) })
    const untyped = running as unknown as Running
    const clients: Client[] = []
    let last = await running.send('Set', { board: 'b', cell: 'c0', to: 1 })
    for (let round = 0; round < 400; round++) {
      if (round % 10 === 0) {
        const client = new Client(() => random(3) > 0)
        clients.push(client)
        await client.open(untyped, random(3) === 0 ? 'sum' : 'cells')
      }
      if (round % 25 === 0) for (const client of clients) client.pull()
      last =
        random(60) === 0
          ? await running.send('Clear', { board: 'b' })
          : await running.send('Set', { board: 'b', cell: `c${random(300)}`, to: random(4) === 0 ? null : random(1_000) })
    }
    const whole = await running.query('cells', { board: 'b' }, { after: last })
    const sum = await running.query('sum', { board: 'b' })
    for (const client of clients) {
      const expected = typeof client.value === 'number' ? sum : whole
      await until('it has all', () => {
        client.pull()
        return equals(client.value, expected)
      })
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
    for (const client of clients) {
      client.pull()
      assert.deepEqual(client.value, typeof client.value === 'number' ? sum : whole)
      client.close()
    }
  })
}

test('those who read along are told patches, not the whole again when somebody joins', async () => {
  await using running = await start(boards, { log: createMemoryLog({ partitions: 1 }) })
  const untyped = running as unknown as Running
  await running.query('cells', { board: 'b' }, { after: await running.send('Set', { board: 'b', cell: 'first', to: 1 }) })
  const first = new Client(() => true)
  await first.open(untyped, 'cells')
  for (let round = 0; round < 20; round++) {
    await running.send('Set', { board: 'b', cell: `c${round}`, to: round })
    const other = new Client(() => true)
    await other.open(untyped, 'cells')
    other.close()
    await until('the first one is told', () => `c${round}` in (first.value as { readonly cells: object }).cells)
  }
  assert.equal(first.snapshots, 1)
  assert.equal(first.changes, 21)
})

test('a reader that comes back goes on after the last change it had', async () => {
  await using running = await start(boards, { log: createMemoryLog({ partitions: 1 }) })
  const untyped = running as unknown as Running
  await running.query('cells', { board: 'b' }, { after: await running.send('Set', { board: 'b', cell: 'a', to: 1 }) })
  const stays = new Client(() => true)
  const leaves = new Client(() => true)
  await stays.open(untyped, 'cells')
  await leaves.open(untyped, 'cells')
  const has = (client: Client, cell: string) => () => cell in (client.value as { readonly cells: object }).cells
  await running.query('cells', { board: 'b' }, { after: await running.send('Set', { board: 'b', cell: 'b', to: 2 }) })
  await until('it is told', has(leaves, 'b'))
  leaves.close()
  await running.send('Set', { board: 'b', cell: 'c', to: 3 })
  await until('the other one is told', has(stays, 'c'))
  await leaves.open(untyped, 'cells', leaves.lastPosition)
  assert.equal(leaves.snapshots, 1)
  assert.deepEqual(leaves.value, stays.value)
  assert.deepEqual(leaves.value, { cells: { a: 1, b: 2, c: 3 }, sets: 3 })
})

/** The longest rest after a change. */
const MAX_REST_MS = 100

test('who comes after all others left in a pause is told nothing from before', async () => {
  let nowMs = 0
  let stepMs: number | undefined
  // The rest after a change ends when it is told to.
  const resting = new Set<() => void>()
  const endRest = (): void => {
    for (const callback of [...resting]) {
      resting.delete(callback)
      callback()
    }
  }
  const clock: Clock = {
    nowMs: () => (nowMs += stepMs ?? 0),
    after(delayMs, callback) {
      if (stepMs === undefined || delayMs > MAX_REST_MS) return systemClock.after(delayMs, callback)
      resting.add(callback)
      return () => resting.delete(callback)
    },
  }
  await using running = await start(boards, { log: createMemoryLog({ partitions: 1 }), clock })
  const untyped = running as unknown as Running
  const set = async (to: number): Promise<unknown> =>
    running.query('cells', { board: 'b' }, { after: await running.send('Set', { board: 'b', cell: 'a', to }) })
  await set(1)
  const leaves = new Client(() => true)
  await leaves.open(untyped, 'cells')
  stepMs = 50 // telling takes so long that a pause of 100 ms follows
  await set(2)
  while (leaves.changes < 2) await new Promise((resolve) => setImmediate(resolve))
  stepMs = 0
  await set(3)
  assert.equal(leaves.changes, 2, 'it is told after the pause')
  leaves.close()
  const last = await set(4)
  const comes = new Client(() => true)
  await comes.open(untyped, 'cells')
  comes.pull()
  assert.deepEqual(comes.value, last)
  assert.ok(resting.size > 0, 'the pause goes on')
  endRest()
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.deepEqual(comes.value, last)
  const after = await set(5)
  while (comes.changes < 2) {
    endRest()
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.deepEqual(comes.value, after)
})
