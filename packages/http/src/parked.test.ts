import { aggregate, app, createMemoryLog, event, projection, start } from '@millrace/core'
import assert from 'node:assert/strict'
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
  readonly events: readonly { readonly key: string; readonly offset: number; readonly waiting: number; readonly reason: string }[]
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
  await using server = await serve(running, { port: 0 })
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
