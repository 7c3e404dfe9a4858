import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient } from './client.ts'

/** Answers request after request as told; the last answer stays. */
function fakeFetch(...answers: (() => Response | Promise<Response>)[]): {
  readonly fetch: typeof fetch
  readonly asked: { url: string; headers: Headers }[]
} {
  const asked: { url: string; headers: Headers }[] = []
  return {
    asked,
    fetch: async (input, init) => {
      const answer = answers[Math.min(asked.length, answers.length - 1)]!
      asked.push({ url: input instanceof Request ? input.url : input.toString(), headers: new Headers(init?.headers) })
      return answer()
    },
  }
}

const receipt = { commandId: 'k1', outcome: 'accepted', events: [], position: '3-7' }
const json =
  (status: number, body: unknown, headers: Record<string, string> = {}) =>
  () =>
    new Response(JSON.stringify(body), { status, headers })
const busy = json(503, { code: 'OVERLOADED', detail: 'too much' })
const broken = (): Promise<Response> => Promise.reject(new TypeError('fetch failed'))
/** The connection ends in the middle of the body. */
const half = (): Response =>
  new Response(
    new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode('{"commandId":'))
        controller.error(new TypeError('terminated'))
      },
    }),
  )
const send = (client: { send: unknown }, ...more: unknown[]): Promise<unknown> =>
  (client.send as (...all: unknown[]) => Promise<unknown>)('Add', { id: 'a' }, ...more)

test('whatever goes wrong on the way, a command is sent again under its id until it is answered', async () => {
  const { fetch, asked } = fakeFetch(broken, busy, half, json(202, { commandId: 'k1' }), json(200, receipt))
  assert.deepEqual(await send(createClient({ fetch })), receipt)
  assert.equal(asked.length, 5)
  assert.equal(new Set(asked.map(({ headers }) => headers.get('idempotency-key'))).size, 1)
})

test('it gives up after its retries, and says with what', async () => {
  const overloaded = fakeFetch(busy)
  await assert.rejects(send(createClient({ fetch: overloaded.fetch, retries: 2 })), {
    code: 'OVERLOADED',
    status: 503,
    detail: 'too much',
    issues: [],
  })
  assert.equal(overloaded.asked.length, 3)
  const away = fakeFetch(broken)
  await assert.rejects(send(createClient({ fetch: away.fetch, retries: 1 })), { code: 'UNREACHABLE', status: 0 })
  assert.equal(away.asked.length, 2)
  const slow = fakeFetch(json(202, { commandId: 'k1' }))
  await assert.rejects(send(createClient({ fetch: slow.fetch, retries: 1 })), { code: 'COMMAND_TIMEOUT', status: 202 })
})

test('what the server refuses is not sent again', async () => {
  for (const [status, code] of [
    [422, 'COMMAND_INVALID'],
    [404, 'COMMAND_UNKNOWN'],
    [500, 'INTERNAL'],
    [507, 'LOG_FULL'],
  ] as const) {
    const { fetch, asked } = fakeFetch(json(status, { code, detail: 'no', issues: [{ path: 'id', message: 'wrong' }] }))
    await assert.rejects(send(createClient({ fetch })), {
      name: 'MillraceClientError',
      code,
      status,
      detail: 'no',
      issues: [{ path: 'id', message: 'wrong' }],
    })
    assert.equal(asked.length, 1)
  }
  const { fetch } = fakeFetch(() => new Response('<html>', { status: 502 }))
  await assert.rejects(send(createClient({ fetch })), { code: 'HTTP_502', status: 502 })
})

test('rejected and failed are answers', async () => {
  const { fetch } = fakeFetch(
    json(409, { receipt: { ...receipt, outcome: 'rejected' } }),
    json(500, { receipt: { ...receipt, outcome: 'failed' } }),
  )
  const client = createClient({ fetch })
  assert.equal(((await send(client)) as typeof receipt).outcome, 'rejected')
  assert.equal(((await send(client)) as typeof receipt).outcome, 'failed')
})

test('aborted, it stops at once, also between two tries', async () => {
  const { fetch, asked } = fakeFetch(json(503, {}, { 'retry-after': '3600' }))
  const stop = new AbortController()
  const sent = send(createClient({ fetch }), { signal: stop.signal })
  setTimeout(() => stop.abort(new Error('enough')), 50)
  await assert.rejects(sent, { message: 'enough' })
  assert.equal(asked.length, 1)
})

test('it waits as long as the server asks, but not an hour', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const { fetch, asked } = fakeFetch(
    json(503, {}, { 'retry-after': '3600' }),
    json(503, {}, { 'retry-after': 'Thu, 01 Jan 2099 00:00:00 GMT' }),
    json(200, receipt),
  )
  const sent = send(createClient({ fetch }))
  const passes = async (ms: number): Promise<number> => {
    await new Promise((resolve) => setImmediate(resolve))
    context.mock.timers.tick(ms)
    await new Promise((resolve) => setImmediate(resolve))
    return asked.length
  }
  assert.equal(await passes(9_999), 1)
  assert.equal(await passes(1_000), 2)
  assert.equal(await passes(1_000), 3)
  await sent
})

test('the furthest position of all that was seen goes with each query, also on the next page', async () => {
  const stored = new Map<string, string>()
  const storage = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
  }
  const { fetch, asked } = fakeFetch(
    json(200, receipt),
    json(200, {}, { 'millrace-position': '3-5.1-4' }),
    json(200, {}, { 'millrace-position': 'odd.-.9' }),
    json(504, { code: 'QUERY_STALE', position: '3-900' }, { 'millrace-position': '3-900' }),
  )
  const query = (client: { query: unknown }): Promise<unknown> =>
    (client.query as (...all: unknown[]) => Promise<unknown>)('total', { id: 'a' })
  const client = createClient({ fetch, storage, url: 'http://x/' })
  await send(client)
  await query(client)
  await query(client)
  await query(createClient({ fetch, storage, url: 'http://x' })).catch(() => undefined)
  await query(createClient({ fetch, storage: { getItem: () => 'spoilt', setItem: () => assert.fail() }, retries: 0 })).catch(
    () => undefined,
  )
  assert.deepEqual(
    asked.map(({ headers }) => headers.get('millrace-after')),
    [null, '3-7', '3-7.1-4', '3-7.1-4', null],
  )
})

test('an input goes flat into the URL where it can, else whole', async () => {
  const { fetch, asked } = fakeFetch(json(200, {}))
  const client = createClient({ fetch, url: 'http://x' })
  const query = client.query
  for (const input of [{}, { id: 'ä&b', limit: 3, deep: true, none: undefined }, { ids: ['a'] }, { input: 'x' }]) await query('page', input)
  assert.deepEqual(
    asked.map(({ url }) => url.slice('http://x/queries/page'.length)),
    ['', '?id=%C3%A4%26b&limit=3&deep=true', '?input=%7B%22ids%22%3A%5B%22a%22%5D%7D', '?input=%7B%22input%22%3A%22x%22%7D'],
  )
})
