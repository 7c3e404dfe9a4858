import assert from 'node:assert/strict'
import { request } from 'node:http'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { openCounters, problemOf, sendRaw, type Opened } from './fixtures/counters.ts'
import { serve, type ServeOptions } from './serve.ts'

const KEY = 'a-key-of-the-operators'
const bearer = (key: string) => ({ authorization: `Bearer ${key}` })

/** All that is for operators; what has a body is a POST. */
const GUARDED: readonly (readonly [path: string, body?: object])[] = [
  ['/metrics'],
  ['/ops/parked'],
  ['/ops/read-models'],
  ['/ops/parked/retry', { reader: 'totals', all: true, by: 'ann', why: 'mended' }],
  ['/ops/parked/skip', { reader: 'totals', key: 'a', offset: 0, by: 'ann', why: 'mended' }],
  ...['rebuild', 'roll-back', 'remove-kept', 'verify'].map((action) => [`/ops/read-models/totals/${action}`, {}] as const),
]
const ask = (at: Opened, [path, body]: (typeof GUARDED)[number], headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
  body === undefined ? at.get(path, headers) : at.post(path, body, headers)

/** With headers that `fetch` sends as it likes: `host`, for one. */
const askRaw = (
  url: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: object,
): Promise<{ status?: number; code?: string }> =>
  new Promise((resolve, reject) => {
    const type = body === undefined ? {} : { 'content-type': 'application/json' }
    const sent = request(url + path, { method: body === undefined ? 'GET' : 'POST', headers: { ...type, ...headers } }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => {
        const { code } = (text.startsWith('{') ? JSON.parse(text) : {}) as { readonly code?: string }
        resolve({ ...(response.statusCode !== undefined && { status: response.statusCode }), ...(code !== undefined && { code }) })
      })
    })
    sent.on('error', reject)
    sent.end(body && JSON.stringify(body))
  })

test('with a key, whatever is for operators takes it and nothing else', async () => {
  await using at = await openCounters({ operations: { key: KEY } })
  for (const each of GUARDED) {
    const without = await ask(at, each)
    assert.equal(without.headers.get('www-authenticate'), 'Bearer realm="operations"')
    const { status, code, detail } = await problemOf(without)
    assert.deepEqual([status, code], [401, 'OPERATOR_KEY_INVALID'], each[0])
    assert.match(detail, /MILLRACE_OPS_KEY/)
    for (const headers of [
      bearer(`${KEY}x`),
      bearer(KEY.slice(1)),
      bearer(''),
      { authorization: `Basic ${KEY}` },
      { cookie: `key=${KEY}` },
    ])
      assert.equal((await problemOf(await ask(at, each, headers))).status, 401, each[0])
    assert.notEqual((await ask(at, each, bearer(KEY))).status, 401, each[0])
  }
  const wrong = await at.get('/metrics', bearer('something-else-altogether'))
  assert.equal(wrong.headers.get('www-authenticate'), 'Bearer realm="operations", error="invalid_token"')
  assert.equal((await at.get('/metrics', { authorization: `bearer ${KEY}` })).status, 200, 'the scheme is written as one likes')
  assert.equal((await ask(at, ['/ops/read-models/totals/rebuild', {}], bearer(KEY))).status, 202)
})

test('what is not for operators takes no key', async () => {
  await using at = await openCounters({ operations: { key: KEY } })
  assert.equal((await at.post('/commands/Add', { id: 'a', by: 1 }, { 'idempotency-key': 'k1' })).status, 200)
  for (const path of ['/commands/k1', '/queries/total?id=a', '/trace/k1', '/health/live', '/openapi.json', '/docs'])
    assert.equal((await at.get(path)).status, 200, path)
})

test('while one key takes the place of another, both are taken', async () => {
  const keys = ['the-new-key-0123456789', 'the-old-key-0123456789']
  await using at = await openCounters({ operations: { key: keys } })
  for (const key of keys) assert.equal((await at.get('/metrics', bearer(key))).status, 200)
  assert.equal((await at.get('/metrics', bearer(keys.join(',')))).status, 401)
})

test('what an app adds below /ops is for operators too', async () => {
  const extend: ServeOptions['extend'] = (fastify) => void fastify.get('/ops/backup', (_request, reply) => reply.send('done'))
  await using at = await openCounters({ operations: { key: KEY }, extend })
  assert.equal((await at.get('/ops/backup')).status, 401)
  assert.equal((await at.get('/ops/backup', bearer(KEY))).status, 200)
})

test('a key that is too short, or that no header can have, is refused at start, and not shown', async () => {
  await using at = await openCounters()
  for (const key of [
    'short',
    'with spaces and of length',
    'with-a-comma,and-of-length',
    'ungültig-aber-lang-genug',
    'x'.repeat(201),
    [],
    [KEY, ''],
  ]) {
    await assert.rejects(serve(at.running, { port: 0, operations: { key } }), (error: Error) => {
      assert.ok(error instanceof TypeError)
      assert.match(error.message, /^serve: operations\.key: expected 16 to 200/)
      assert.ok(!error.message.includes('short') && !error.message.includes(KEY))
      return true
    })
  }
})

test('without a key, callers on this machine operate', async () => {
  await using at = await openCounters()
  for (const each of GUARDED) assert.ok(![401, 403, 415].includes((await ask(at, each)).status), each[0])
  const { port } = new URL(at.url)
  for (const host of ['localhost', `localhost:${port}`, '127.0.0.1', '127.8.9.1:80', '[::1]:1', 'app.localhost'])
    assert.deepEqual(await askRaw(at.url, '/metrics', { host }), { status: 200 }, `host: ${host}`)
})

const outside = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address

test(
  'without a key, nobody on another machine does',
  { skip: outside === undefined && 'this machine has no address but its own' },
  async () => {
    await using at = await openCounters({ host: '0.0.0.0' })
    const { port } = new URL(at.url)
    const there = { ...at, get: (path: string) => fetch(`http://${outside}:${port}${path}`) }
    for (const path of ['/metrics', '/ops/parked', '/ops/read-models']) {
      const { status, code, detail } = await problemOf(await there.get(path))
      assert.deepEqual([status, code], [403, 'OPERATIONS_LOCAL'])
      assert.match(detail, /another one\. Set MILLRACE_OPS_KEY/)
    }
    assert.equal((await there.get('/health/live')).status, 200)
  },
)

test('without a key, a proxy on this machine lets nobody in', async () => {
  await using at = await openCounters()
  for (const name of ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'])
    for (const each of GUARDED) {
      const { status, code, detail } = await problemOf(await ask(at, each, { [name]: '127.0.0.1' }))
      assert.deepEqual([status, code], [403, 'OPERATIONS_LOCAL'], `${name} ${each[0]}`)
      assert.ok(detail.includes(`a proxy (${name})`))
    }
})

test('without a key, a name that somebody lets lead to this machine does not count as it', async () => {
  await using at = await openCounters()
  for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'evil.example:80', '10.0.0.7', '[::2]', 'a b'])
    for (const path of ['/metrics', '/ops/parked'])
      assert.deepEqual(await askRaw(at.url, path, { host }), { status: 403, code: 'OPERATIONS_LOCAL' }, `host: ${host}`)
  assert.match(await sendRaw(at.url, 'GET /metrics HTTP/1.0\r\n\r\n'), /^HTTP\/1.1 403 .*"code":"OPERATIONS_LOCAL"/s)
})

test('without a key, no page of another site in a browser on this machine operates', async () => {
  await using at = await openCounters()
  const host = new URL(at.url).host
  const rebuild = '/ops/read-models/totals/rebuild'
  const pages = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost:5173' },
    { origin: `https://evil.example/${host}` },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: `http://${host}`, 'sec-fetch-site': 'cross-site' },
  ]
  for (const headers of pages)
    assert.deepEqual(
      await askRaw(at.url, rebuild, headers as Record<string, string>, {}),
      { status: 403, code: 'CROSS_SITE' },
      JSON.stringify(headers),
    )
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonx'])
    assert.deepEqual(await askRaw(at.url, rebuild, { 'content-type': type }, {}), { status: 415, code: 'NOT_JSON' }, type)
  const { readModels } = (await (await at.get('/ops/read-models')).json()) as { readonly readModels: readonly unknown[] }
  assert.equal(readModels.length, 1, 'nothing was rebuilt')
  for (const headers of [{ origin: `http://${host}`, 'sec-fetch-site': 'same-origin' }, { 'sec-fetch-site': 'none' }])
    assert.deepEqual(await askRaw(at.url, '/ops/read-models/totals/remove-kept', headers as Record<string, string>, {}), {
      status: 404,
      code: 'READ_MODEL_UNKNOWN',
    })
})

interface Document extends Record<string, unknown> {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly security?: unknown; readonly responses: Readonly<Record<string, unknown>> }>>>
  >
  readonly components: { readonly securitySchemes?: Readonly<Record<string, unknown>> }
}

for (const key of [undefined, KEY])
  test(`the OpenAPI document says what operations take: ${key === undefined ? 'to be on this machine' : 'a key'}`, async () => {
    await using at = await openCounters({ operations: { key } })
    const document = (await (await at.get('/openapi.json')).json()) as Document
    const { valid, errors } = await new Validator().validate({ ...document })
    assert.ok(valid, JSON.stringify(errors))
    const { paths, components } = document
    const guarded = Object.entries(paths).filter(([path]) => path.startsWith('/ops') || path === '/metrics')
    assert.equal(guarded.length, GUARDED.length)
    for (const operation of guarded.flatMap(([, methods]) => Object.values(methods))) {
      assert.deepEqual(operation.security, key && [{ operatorKey: [] }])
      assert.ok(operation.responses[key === undefined ? '403' : '401'] !== undefined)
    }
    assert.equal(paths['/commands/Add']?.['post']?.security, undefined)
    assert.equal(components.securitySchemes?.['operatorKey'] !== undefined, key !== undefined)
    assert.ok(!JSON.stringify(document).includes(KEY))
  })
