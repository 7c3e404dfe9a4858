import { aggregate, app, command, createMemoryLog, event, projection, reactor, start, type Log } from '@millrace/core'
import { openSqliteLog } from '@millrace/sqlite'
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { z } from 'zod'
import { problemOf } from './fixtures/counters.ts'
import { serve } from './serve.ts'

const account = aggregate('account', {
  commands: { Post: z.object({ id: z.string(), amount: z.number() }) },
  events: { Posted: z.object({ amount: z.number() }) },
  key: ({ id }) => id,
  initialState: () => 0,
  decide: { Post: ({ amount }) => [event('Posted', { amount })] },
  evolve: { Posted: (sum, { amount }) => sum + amount },
})

interface Parked {
  readonly unknown: readonly number[]
  readonly events: readonly {
    readonly reader: string
    readonly kind: string
    readonly key: string
    readonly offset: number
    readonly waiting: number
    readonly attempts: number
    readonly reason: string
  }[]
}

test('what a read model could not handle is listed, counted, retried and skipped over HTTP', async () => {
  let isMended = false
  const sums = projection('sums', {
    from: [account],
    document: z.object({ sum: z.number() }),
    on: {
      Posted: async ({ amount }, { key, model }) => {
        if (amount < 0 && !isMended) throw new Error('below zero')
        model.put(key, { sum: ((await model.get(key))?.sum ?? 0) + amount })
      },
    },
    queries: (query) => ({ sum: query(z.object({ id: z.string() }), async ({ id }, model) => (await model.get(id))?.sum ?? 0) }),
  })
  const bank = app('bank', { aggregates: [account], projections: [sums] })
  await using running = await start(bank, { log: createMemoryLog({ partitions: 2 }), onTrouble: () => undefined })
  await using server = await serve(running, { port: 0, maxEventLoopDelayMs: 60_000 })
  const get = (path: string, after?: string): Promise<Response> =>
    fetch(`${server.url}${path}`, after === undefined ? {} : { headers: { 'millrace-after': after } })
  const post = (path: string, body: unknown): Promise<Response> =>
    fetch(`${server.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const sumOf = async (id: string, after: string): Promise<unknown> => (await get(`/queries/sum?id=${id}`, after)).json()
  const parked = async (): Promise<Parked['events']> => ((await (await get('/ops/parked')).json()) as Parked).events
  const operator = { reader: 'sums', by: 'ann', why: 'mended' }

  let position = ''
  for (const [id, amount] of [
    ['a', 1],
    ['a', -2],
    ['a', 4],
    ['b', 1],
    ['b', -2],
    ['b', 4],
  ] as const)
    ({ position } = await running.send('Post', { id, amount }))
  assert.equal(await sumOf('b', position), 1)
  const [one, other] = await parked()
  assert.deepEqual([one?.key, one?.waiting, one?.reason, other?.key], ['a', 2, 'Error: below zero', 'b'])
  assert.match(await (await get('/metrics')).text(), /^millrace_projection_parked\{projection="sums",version="1",role="serving"\} 2$/m)
  assert.equal((await get('/health/ready')).status, 200, 'it is ready all the same')
  const { readModels } = (await (await get('/ops/read-models')).json()) as { readonly readModels: readonly { readonly parked: number }[] }
  assert.equal(readModels[0]?.parked, 2)

  for (const [path, body, paths] of [
    ['retry', { reader: 'sums', key: 'a', by: 'ann' }, ['why']],
    ['retry', operator, ['key']],
    ['retry', { ...operator, key: 'a', all: true }, ['key']],
    ['retry', { ...operator, key: 7 }, ['key']],
    ['skip', { ...operator, key: 'a' }, ['offset']],
    ['skip', [], ['reader', 'by', 'why', 'key', 'offset']],
  ] as const) {
    const { status, issues } = await problemOf(await post(`/ops/parked/${path}`, body))
    assert.deepEqual([status, issues?.map((each) => each.path)], [422, paths])
  }
  const unknown = await problemOf(await post('/ops/parked/skip', { ...operator, key: 'a', offset: one!.offset + 1 }))
  assert.deepEqual([unknown.status, unknown.code], [404, 'PARKED_UNKNOWN'])
  const plain = await fetch(`${server.url}/ops/parked/retry`, { method: 'POST', body: JSON.stringify({ ...operator, all: true }) })
  assert.equal(plain.status, 415, 'no form of another site can do it')
  assert.equal((await post('/commands/millrace.RetryParked', { ...operator, key: 'a' })).status, 404)

  const skipped = (await (await post('/ops/parked/skip', { ...operator, key: 'a', offset: one!.offset })).json()) as { position: string }
  assert.equal(await sumOf('a', skipped.position), 5)
  isMended = true
  const retried = (await (await post('/ops/parked/retry', { ...operator, all: true })).json()) as { keys: number; position: string }
  assert.deepEqual([retried.keys, await sumOf('b', retried.position), await parked()], [1, 3, []])
})

const notice = aggregate('notice', {
  commands: { Send: z.object({ id: z.string(), amount: z.number() }) },
  events: { Sent: z.object({ amount: z.number() }) },
  internal: ['Send'],
  key: ({ id }) => id,
  initialState: () => 0,
  decide: { Send: ({ amount }) => [event('Sent', { amount })] },
  evolve: { Sent: (count) => count + 1 },
})

const logs: readonly (readonly [name: string, open: (directory: string) => Log | Promise<Log>])[] = [
  ['memory', () => createMemoryLog({ partitions: 2 })],
  ['sqlite', (directory) => openSqliteLog(directory, { partitions: 2 })],
]
for (const [name, open] of logs)
  test(`what a reactor could not handle is listed, retried and skipped over HTTP, also after a restart (${name} log)`, async () => {
    const directory = await mkdtemp(join(tmpdir(), 'millrace-'))
    const log = await open(directory)
    const kept: Log = name === 'memory' ? { ...log, [Symbol.asyncDispose]: async () => undefined } : log
    let isMended = false
    const noticing = reactor('noticing', {
      from: [account],
      to: [notice],
      on: {
        Posted: ({ amount }, { key: id }) => {
          if (amount < 0 && !isMended) throw new Error('below zero')
          return [command('Send', { id, amount })]
        },
      },
    })
    const sent = projection('sent', {
      from: [notice],
      document: z.object({ amounts: z.array(z.number()) }),
      on: {
        Sent: async ({ amount }, { key, model }) => model.put(key, { amounts: [...((await model.get(key))?.amounts ?? []), amount] }),
      },
      queries: (query) => ({ sent: query(z.object({ id: z.string() }), async ({ id }, model) => (await model.get(id))?.amounts ?? []) }),
    })
    const bank = app('bank', { aggregates: [account, notice], projections: [sent], reactors: [noticing] })
    const serving = async (on: Log) => {
      const running = await start(bank, { log: on, onTrouble: () => undefined })
      const server = await serve(running, { port: 0, maxEventLoopDelayMs: 60_000 })
      const get = async (path: string): Promise<unknown> => (await fetch(server.url + path)).json()
      const post = (path: string, body: unknown): Promise<Response> =>
        fetch(server.url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
      return {
        running,
        post,
        metrics: async (): Promise<string> => (await fetch(`${server.url}/metrics`)).text(),
        parked: async (): Promise<Parked['events']> => ((await get('/ops/parked')) as Parked).events,
        unknown: async (): Promise<Parked['unknown']> => ((await get('/ops/parked')) as Parked).unknown,
        sentTo: async (id: string): Promise<unknown> => get(`/queries/sent?id=${id}`),
        async stop(): Promise<void> {
          await server.close()
          await running.stop()
        },
      }
    }
    const until = async (holds: () => Promise<void>): Promise<void> => {
      for (const endMs = performance.now() + 60_000; ;) {
        const failed: unknown = await holds().then(
          () => undefined,
          (error: unknown) => error,
        )
        if (failed === undefined) return
        if (performance.now() > endMs) throw failed as Error
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
    const operator = { reader: 'noticing', by: 'ann', why: 'mended' }
    try {
      const first = await serving(kept)
      for (const id of ['a', 'b', 'c']) for (const amount of [1, -2, 4]) await first.running.send('Post', { id, amount })
      await first.running.send('Post', { id: 'd', amount: 7 })
      await until(async () => {
        const keys = (await first.parked()).map(({ reader, kind, key, reason }) => `${kind} ${reader} ${key} ${reason}`)
        assert.deepEqual(
          keys.sort(),
          ['a', 'b', 'c'].map((key) => `reactor noticing ${key} Error: below zero`),
        )
        assert.deepEqual([await first.sentTo('a'), await first.sentTo('d')], [[1], [7]])
      })
      assert.match(await first.metrics(), /^millrace_reactor_oldest_seconds\{reactor="noticing",partition="0"\} \d/m)
      assert.deepEqual(await first.unknown(), [])
      assert.match(await first.metrics(), /^millrace_reactor_parked\{reactor="noticing",partition="\d"\} [123]$/m)
      const { offset } = (await first.parked()).find(({ key }) => key === 'a')!
      assert.equal((await first.post('/ops/parked/skip', { ...operator, key: 'a', offset })).status, 200)
      await until(async () => assert.deepEqual([await first.sentTo('a'), (await first.parked()).length], [[1, 4], 2]))
      // Not mended: it waits again, and says how often it was tried.
      await first.post('/ops/parked/retry', { ...operator, key: 'b' })
      await until(async () =>
        assert.deepEqual((await first.parked()).map(({ key, attempts }) => `${key} ${attempts}`).sort(), ['b 2', 'c 1']),
      )
      await first.stop()

      isMended = true
      const second = await serving(name === 'memory' ? kept : await open(directory))
      await until(async () => assert.equal((await second.parked()).length, 2))
      await second.running.send('Post', { id: 'b', amount: 5 })
      const answer = (await (await second.post('/ops/parked/retry', { ...operator, all: true })).json()) as { readonly keys: number }
      assert.equal(answer.keys, 2)
      await until(async () => {
        assert.deepEqual(await Promise.all(['a', 'b', 'c'].map(second.sentTo)), [
          [1, 4],
          [1, -2, 4, 5],
          [1, -2, 4],
        ])
        assert.deepEqual(await second.parked(), [])
      })
      await second.stop()
    } finally {
      if (name === 'memory') await log[Symbol.asyncDispose]()
      await rm(directory, { recursive: true, force: true })
    }
  })
