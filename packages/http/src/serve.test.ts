import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aggregate, app, createMemoryLog, event, projection, reject, start, type Running } from '@millrace/core'
import { Validator } from '@seriousme/openapi-schema-validator'
import { connect } from 'node:net'
import { z } from 'zod'
import { serve, type Server, type ServeOptions } from './serve.ts'

const id = z.string().min(1).max(50)
const counter = aggregate('counter', {
  commands: { Add: z.object({ id, by: z.number().int() }), Throw: z.object({ id }), Secret: z.object({ id }) },
  events: { Added: z.object({ by: z.number() }) },
  rejections: { negative: 'The counter would fall below zero.' },
  internal: ['Secret'],
  key: (command) => command.id,
  initialState: () => 0,
  decide: {
    Add: ({ by }, total) => (total + by < 0 ? reject('negative', { total }) : [event('Added', { by })]),
    Throw: () => {
      throw new Error('secret reason')
    },
    Secret: () => [],
  },
  evolve: { Added: (total, { by }) => total + by },
})
const totals = projection('totals', {
  from: [counter],
  document: z.object({ total: z.number(), adds: z.record(z.string(), z.number()) }),
  on: {
    Added: async ({ by }, { key, model, commandId }) => {
      const known = await model.get(key)
      if (known === undefined) model.put(key, { total: by, adds: { [commandId]: by } })
      else model.patch(key, { total: known.total + by, adds: { [commandId]: by } })
    },
  },
  queries: (query) => ({
    total: query(z.object({ id }), ({ id }, model) => model.get(id)),
    page: query(
      z.object({ limit: z.number().int().max(100), deep: z.boolean().optional(), ids: z.array(z.string()).optional() }),
      (input) => input,
    ),
  }),
})
const counters = app('counters', { aggregates: [counter], projections: [totals] })

async function open(options: ServeOptions = {}): Promise<
  {
    server: Server
    running: Running
    post: (path: string, body: unknown, headers?: Record<string, string>) => Promise<Response>
  } & AsyncDisposable
> {
  const running = await start(counters, { log: createMemoryLog({ partitions: 2 }) })
  const server = await serve(running as unknown as Running, { port: 0, ...options })
  const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  return {
    server,
    running: running as unknown as Running,
    post,
    async [Symbol.asyncDispose]() {
      await server.close()
      await running.stop()
    },
  }
}

async function problemOf(response: Response): Promise<{ code: string; status: number; issues?: { path: string }[] }> {
  assert.equal(response.headers.get('content-type'), 'application/problem+json; charset=utf-8')
  const problem = (await response.json()) as { code: string; status: number }
  assert.equal(problem.status, response.status)
  return problem
}

test('a command is answered with its receipt, and a query with its position sees it', async () => {
  await using at = await open()
  const response = await at.post('/commands/Add', { id: 'a', by: 2 }, { 'idempotency-key': 'k1' })
  assert.equal(response.status, 200)
  const receipt = (await response.json()) as { commandId: string; position: string }
  assert.deepEqual(receipt, {
    commandId: 'k1',
    outcome: 'accepted',
    events: [{ type: 'Added', data: { by: 2 } }],
    position: receipt.position,
  })
  const found = await fetch(`${at.server.url}/queries/total?id=a`, { headers: { 'millrace-after': receipt.position } })
  assert.deepEqual(await found.json(), { total: 2, adds: { k1: 2 } })
  assert.ok(found.headers.get('millrace-position'))
  const etag = found.headers.get('etag') ?? ''
  const again = await fetch(`${at.server.url}/queries/total?id=a`, { headers: { 'if-none-match': etag } })
  assert.equal(again.status, 304)
})

test('a repeat gets the same answer; the same key for another command is refused', async () => {
  await using at = await open()
  const headers = { 'idempotency-key': 'k1' }
  const [one, two] = await Promise.all([
    at.post('/commands/Add', { id: 'a', by: 1 }, headers),
    at.post('/commands/Add', { id: 'a', by: 1 }, headers),
  ])
  assert.deepEqual(await one.json(), await two.json())
  assert.equal((await problemOf(await at.post('/commands/Add', { id: 'a', by: 2 }, headers))).code, 'COMMAND_ID_REUSED')
  assert.equal((await problemOf(await at.post('/commands/Add', { id: 'other', by: 1 }, headers))).status, 422)
  assert.deepEqual(await at.running.query('total' as never, { id: 'a' }), { total: 1, adds: { k1: 1 } })
  assert.equal((await fetch(`${at.server.url}/commands/k1`)).status, 200)
  assert.equal((await fetch(`${at.server.url}/commands/never`)).status, 404)
})

test('every way to be wrong has its status and its problem', async () => {
  await using at = await open({ maxBodyBytes: 10_000 })
  const { post, server } = at
  const deep = '['.repeat(10_000) + ']'.repeat(10_000)
  const cases: readonly (readonly [Promise<Response>, number, string])[] = [
    [post('/commands/Add', { id: 'a', by: -1 }), 409, 'negative'],
    [post('/commands/Add', { id: '', by: 1.5 }), 422, 'COMMAND_INVALID'],
    [post('/commands/Throw', { id: 'a' }), 500, 'COMMAND_FAILED'],
    [post('/commands/Secret', { id: 'a' }), 404, 'COMMAND_UNKNOWN'],
    [post('/commands/Nope', {}), 404, 'COMMAND_UNKNOWN'],
    [post('/commands/Add', '{'), 400, 'BODY_INVALID'],
    [post('/commands/Add', ''), 400, 'BODY_MISSING'],
    [post('/commands/Add', '{"id":"a","by":1,"__proto__":{"polluted":1}}'), 400, 'BODY_INVALID'],
    [post('/commands/Add', '{"id":"a","by":1,"constructor":{"prototype":{"polluted":1}}}'), 400, 'BODY_INVALID'],
    [post('/commands/Add', deep.slice(0, 9_000)), 400, 'BODY_TOO_DEEP'],
    [post('/commands/Add', `{"id":"${'x'.repeat(20_000)}"}`), 413, 'BODY_TOO_LARGE'],
    [post('/commands/Add', { id: 'a', by: 1 }, { 'content-type': 'text/plain' }), 415, 'NOT_JSON'],
    [post('/commands/Add', { id: 'a', by: 1 }, { 'idempotency-key': 'with space' }), 400, 'IDEMPOTENCY_KEY_INVALID'],
    [fetch(`${server.url}/queries/nope`), 404, 'QUERY_UNKNOWN'],
    [fetch(`${server.url}/queries/total`), 422, 'QUERY_INVALID'],
    [fetch(`${server.url}/queries/total?id=a&id=b`), 422, 'QUERY_INVALID'],
    [fetch(`${server.url}/queries/total?id=a&after=zzz`), 400, 'POSITION_INVALID'],
    [fetch(`${server.url}/queries/page?limit=ten`), 422, 'QUERY_INVALID'],
    [fetch(`${server.url}/nowhere`), 404, 'NOT_FOUND'],
  ]
  for (const [response, status, code] of cases) {
    const found = await problemOf(await response)
    assert.deepEqual([found.status, found.code], [status, code])
    assert.doesNotMatch(JSON.stringify(found), /secret reason|at .*\.ts/)
  }
  assert.equal(({} as { polluted?: unknown }).polluted, undefined)
})

test('texts of a query string become what the schema expects', async () => {
  await using at = await open()
  const found = await fetch(`${at.server.url}/queries/page?limit=10&deep=true&ids=7`)
  assert.deepEqual(await found.json(), { limit: 10, deep: true, ids: ['7'] })
  const whole = await fetch(`${at.server.url}/queries/page?input=${encodeURIComponent('{"limit":3,"ids":["a","b"]}')}`)
  assert.deepEqual(await whole.json(), { limit: 3, ids: ['a', 'b'] })
})

test('asked not to wait, it answers as soon as the command is durable', async () => {
  await using at = await open()
  const response = await at.post('/commands/Add', { id: 'a', by: 1 }, { prefer: 'respond-async', 'idempotency-key': 'k9' })
  assert.equal(response.status, 202)
  assert.equal(response.headers.get('location'), '/commands/k9')
  for (let status = 202; status === 202;) status = (await fetch(`${at.server.url}/commands/k9`)).status
})

test('a live query gives a snapshot and patches, resumes, and ends with a goodbye', async () => {
  const at = await open()
  await (await at.post('/commands/Add', { id: 'a', by: 1 }, { 'idempotency-key': 'k1' })).json()
  const response = await fetch(`${at.server.url}/queries/total?id=a`, { headers: { accept: 'text/event-stream' } })
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8')
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const until = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(text)) {
      const { value, done } = await reader.read()
      assert.ok(!done, text)
      text += value
    }
  }
  await until(/event: snapshot\ndata: .*"k1":1.*\n\n/)
  await at.post('/commands/Add', { id: 'a', by: 4 }, { 'idempotency-key': 'k2' })
  await until(/id: .+\nevent: patch\ndata: {"total":5,"adds":{"k2":4}}\n\n/)
  await at.server.close()
  await until(/event: bye/)
  assert.ok((await reader.read()).done)
  await at.running.stop()
})

test('live queries over the limit are refused', async () => {
  await using at = await open({ maxLiveStreams: 1 })
  const live = (): Promise<Response> => fetch(`${at.server.url}/queries/total?id=a`, { headers: { accept: 'text/event-stream' } })
  const first = await live()
  assert.equal(first.status, 200)
  const second = await live()
  assert.equal(second.headers.get('retry-after'), '1')
  assert.equal((await problemOf(second)).status, 503)
  await first.body?.cancel()
})

test('health, metrics, the reference and OpenAPI are there', async () => {
  await using at = await open()
  const get = (path: string): Promise<Response> => fetch(`${at.server.url}${path}`)
  await at.post('/commands/Add', { id: 'a', by: 1 })
  assert.equal((await get('/health/live')).status, 200)
  for (let status = 503; status !== 200;) status = (await get('/health/ready')).status
  const metrics = await (await get('/metrics')).text()
  assert.match(metrics, /^millrace_commands_total{outcome="accepted"} 1$/m)
  assert.match(metrics, /^millrace_command_seconds_count 1$/m)
  const document = (await (await get('/openapi.json')).json()) as { openapi: string; paths: Record<string, unknown> }
  assert.equal(document.openapi, '3.1.0')
  assert.ok(document.paths['/commands/Add'] !== undefined && document.paths['/commands/Secret'] === undefined)
  const page = await get('/docs')
  assert.match(await page.text(), /The counter would fall below zero/)
  assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'/)
})

test('an independent validator takes the OpenAPI document', async () => {
  await using at = await open()
  const document = (await (await fetch(`${at.server.url}/openapi.json`)).json()) as Record<string, unknown>
  const { valid, errors } = await new Validator().validate(document)
  assert.ok(valid, JSON.stringify(errors))
})

test('a client that does not read costs a bounded amount of memory, and the others are served', { timeout: 60_000 }, async () => {
  await using at = await open()
  const text = 'x'.repeat(40)
  for (let round = 0; round < 50; round++) await at.post('/commands/Add', { id: 'a', by: 1 }, { 'idempotency-key': `${text}-${round}` })
  const { hostname, port } = new URL(at.server.url)
  const deaf = Array.from({ length: 20 }, () => {
    const socket = connect(Number(port), hostname)
    socket.pause()
    socket.write('GET /queries/total?id=a HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\n\r\n')
    return socket
  })
  const reads = await fetch(`${at.server.url}/queries/total?id=a`, { headers: { accept: 'text/event-stream' } })
  const reader = reads.body!.pipeThrough(new TextDecoderStream()).getReader()
  let seen = ''
  const reading = (async (): Promise<void> => {
    while (!seen.includes('"last":1')) {
      const { value, done } = await reader.read()
      if (done) return
      seen = (seen + value).slice(-4_096)
    }
  })()
  const before = process.memoryUsage().rss
  await Promise.all(
    Array.from({ length: 32 }, async (_, user) => {
      for (let round = 0; round < 100; round++)
        await at.running.send('Add' as never, { id: 'a', by: 1 }, { commandId: `${text}-${user}-${round}` })
    }),
  )
  await at.running.send('Add' as never, { id: 'a', by: 1 }, { commandId: 'last' })
  await reading
  const grown = (process.memoryUsage().rss - before) / 1e6
  assert.ok(grown < 200, `grew by ${grown} MB`)
  for (const socket of deaf) socket.destroy()
  await reader.cancel()
})
