/** Several watches over one connection that goes from instance to instance and is cut off at random. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { aggregate, app, createMemoryLog, event, projection, start, type Log } from '@millrace/core'
import { serve } from '@millrace/http'
import { seededRandom } from '@millrace/testing/crash'
import { z } from 'zod'
import { createClient, type Client } from '../client.ts'
import { isReached } from '../session-position.ts'

const COUNTERS = ['a', 'b', 'c', 'd']
const ADDS = 1_000
const seeds = process.env['MILLRACE_SEED'] === undefined ? [1, 2, 3] : [Number(process.env['MILLRACE_SEED'])]

const counter = aggregate('counter', {
  commands: { Add: z.object({ id: z.string() }) },
  events: { Added: z.object({}) },
  key: ({ id }) => id,
  initialState: () => 0,
  decide: { Add: () => [event('Added', {})] },
  evolve: { Added: (count) => count + 1 },
})
/** How often, and by which commands: a change that is missing or told twice shows. */
const totals = projection('totals', {
  from: [counter],
  document: z.object({ total: z.number(), adds: z.record(z.string(), z.number()) }),
  on: {
    Added: async (_data, { key, model, commandId }) => {
      const known = await model.get(key)
      if (known === undefined) model.put(key, { total: 1, adds: { [commandId]: 1 } })
      else model.patch(key, { total: known.total + 1, adds: { [commandId]: known.total + 1 } })
    },
  },
  queries: (query) => ({ total: query(z.object({ id: z.string() }), ({ id }, model) => model.get(id)) }),
})
const counters = app('counters', { aggregates: [counter], projections: [totals] })

/** A log that outlives the apps on it: the one that is started last decides, the others follow. */
const lastingLog = (): Log =>
  Object.assign(Object.create(createMemoryLog({ partitions: 3 })) as Log, { [Symbol.asyncDispose]: () => Promise.resolve() })

interface Watching {
  /** Ends it, and gives what it showed. */
  stop(): { readonly total: number; readonly adds: Readonly<Record<string, number>> } | undefined
  readonly total: () => number
}

interface Seen {
  patches: number
  snapshots: number
}

function watch(client: Client<typeof counters>, id: string, seen: Seen): Watching {
  let known: { readonly total: number; readonly adds: Readonly<Record<string, number>> } | undefined
  const added = new Set<string>()
  let last = ''
  const stop = client.watch(
    'total',
    { id },
    {
      onData(data, { position, patch }) {
        assert.ok(isReached(position, last), `${id}: ${position} after ${last}`)
        assert.ok((data?.total ?? 0) >= (known?.total ?? 0), `${id}: ${data?.total} after ${known?.total}`)
        if (patch === undefined) {
          seen.snapshots++
          added.clear()
        } else seen.patches++
        for (const each of Object.keys((patch as typeof data)?.adds ?? data?.adds ?? {})) {
          assert.ok(!added.has(each), `${id}: ${each} told twice, at ${position} after ${last}`)
          added.add(each)
        }
        assert.equal(added.size, data?.total ?? 0, `${id}: none is missing at ${position}`)
        known = data === undefined || data === null ? undefined : structuredClone(data)
        last = position
      },
      onError: (error) => assert.fail(error),
    },
  )
  return {
    stop: () => {
      stop()
      return known
    },
    total: () => known?.total ?? 0,
  }
}

for (const seed of seeds) {
  test(
    `cut off and sent elsewhere, no watch goes back, misses anything or is told it twice (seed ${seed})`,
    { timeout: 110_000 },
    async () => {
      const random = seededRandom(seed)
      const log = lastingLog()
      await using first = await start(counters, { log })
      await using second = await start(counters, { log })
      await using one = await serve(first, { port: 0 })
      await using other = await serve(second, { port: 0 })
      const urls = [one.url, other.url]
      let cuts = 0
      let connections = 0
      /** Now and then to the other one, and cut off after a while. */
      let at = 0
      const hopping: typeof fetch = (input, init) => {
        const cut = new AbortController()
        setTimeout(
          () => {
            cuts++
            cut.abort()
          },
          20 + random() * 300,
        )
        if (random() < 0.5) at = 1 - at
        connections++
        const { signal } = init ?? {}
        return fetch((input as string).replace('http://app', urls[at]!), {
          ...init,
          signal: signal instanceof AbortSignal ? AbortSignal.any([signal, cut.signal]) : cut.signal,
        })
      }
      const client = createClient<typeof counters>({ url: 'http://app', fetch: hopping })
      const seen: Seen = { patches: 0, snapshots: 0 }
      await using stack = new AsyncDisposableStack()
      const watched = new Map(COUNTERS.slice(1).map((id) => [id, watch(client, id, seen)]))

      stack.defer(() => watched.forEach(({ stop }) => stop()))
      const sent = new Map<string, number>()
      for (let n = 0; n < ADDS; n++) {
        const id = COUNTERS[Math.floor(random() * COUNTERS.length)]!
        sent.set(id, (sent.get(id) ?? 0) + 1)
        await (random() < 0.5 ? first : second).send('Add', { id }, { commandId: `k${n}` })
        if (random() < 0.3) await sleep(random() * 20)
        // Some come and go, one of them to what is watched already: the others must not feel it.
        if (random() < 0.03) {
          const name = random() < 0.5 ? 'a' : 'b too'
          const was = watched.get(name)
          was?.stop()
          if (was === undefined) watched.set(name, watch(client, name[0]!, seen))
          else watched.delete(name)
        }
      }
      const wanted = (name: string): number => sent.get(name[0]!) ?? 0
      while ([...watched].some(([name, { total }]) => total() !== wanted(name))) await sleep(10)
      for (const [name, { stop }] of watched) assert.deepEqual(stop(), await first.query('total', { id: name[0]! }), name)
      const happened = { connections, cuts, ...seen }
      assert.ok(connections > 10 && cuts > 2 && seen.patches > 100 && seen.snapshots > 5, JSON.stringify(happened))
    },
  )
}
