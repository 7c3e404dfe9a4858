import assert from 'node:assert/strict'
import { test } from 'node:test'
import { errorCodes, MillraceError } from '@millrace/core'
import { openCounters, problemOf, sendRaw } from './fixtures/counters.ts'
import { statusOf } from './problems.ts'

const add = { id: 'a', by: 1 }
/** Server errors that speak of the request alone. */
const toldWithAll = ['APP_STOPPED', 'OVERLOADED', 'QUERY_STALE']

test('every error code has its status, on commands as on queries, and says nothing of what went wrong inside', async () => {
  let code = errorCodes[0]!
  const troubles: unknown[] = []
  const fail = (): Promise<never> =>
    Promise.reject(new MillraceError(code, `at /var/secret.db: ${code}`, { at: { commandId: 'k1', position: '0-7' } }))
  await using at = await openCounters({ stub: { send: fail, answer: fail }, onTrouble: (error) => troubles.push(error) })
  for (code of errorCodes) {
    for (const response of [await at.post('/commands/Add', add), await at.get('/queries/total?id=a')]) {
      assert.equal(response.status, statusOf[code], code)
      assert.equal(response.headers.get('retry-after'), [503, 507].includes(response.status) ? '1' : null, code)
      if (response.status === 202 && response.url.includes('/commands/')) {
        assert.deepEqual(await response.json(), { commandId: 'k1' })
        assert.equal(response.headers.get('location'), '/commands/k1')
        continue
      }
      const found = await problemOf(response)
      assert.equal(found.code, code)
      assert.equal(found.detail.includes('secret'), found.status < 500 || toldWithAll.includes(code), code)
    }
    const isHidden = statusOf[code] >= 500 && !toldWithAll.includes(code)
    assert.equal(troubles.splice(0).length, isHidden ? 2 : 0, code)
  }
})

test('every way to be wrong has its status and its problem', async () => {
  await using at = await openCounters()
  const { post, get } = at
  const key = 'k'.repeat(201)
  const cases: readonly (readonly [Promise<Response>, number, string])[] = [
    [post('/commands/Add', { id: 'a', by: -1 }), 409, 'negative'],
    [post('/commands/Add', { id: '', by: 1.5 }), 422, 'COMMAND_INVALID'],
    [post('/commands/Throw', { id: 'a' }), 500, 'COMMAND_FAILED'],
    [post('/commands/Secret', { id: 'a' }), 404, 'COMMAND_UNKNOWN'],
    [post('/commands/Nope', {}), 404, 'COMMAND_UNKNOWN'],
    [post('/commands/Add', '{'), 400, 'BODY_INVALID'],
    [post('/commands/Add', ''), 400, 'BODY_MISSING'],
    [post('/commands/Add', '{"id":"a","by":1,"__proto__":{"polluted":1}}'), 400, 'BODY_INVALID'],
    [post('/commands/Add', '{"id":"a","by":1,"__pr\\u006fto__":{"polluted":1}}'), 400, 'BODY_INVALID'],
    [post('/commands/Add', '{"id":"a","by":1,"constructor":{"prototype":{"polluted":1}}}'), 400, 'BODY_INVALID'],
    [post('/commands/Add', '['.repeat(10_000) + ']'.repeat(10_000)), 400, 'BODY_TOO_DEEP'],
    [post('/commands/Add', '{"a":'.repeat(10_000)), 400, 'BODY_TOO_DEEP'],
    [post('/commands/Add', `{"id":"${'x'.repeat(70_000)}"}`), 413, 'BODY_TOO_LARGE'],
    [post('/commands/Add', add, { 'content-type': 'text/plain' }), 415, 'NOT_JSON'],
    [post('/commands/Add', add, { 'content-type': 'application/xml' }), 415, 'NOT_JSON'],
    [post('/commands/Add', add, { 'idempotency-key': 'with space' }), 400, 'IDEMPOTENCY_KEY_INVALID'],
    [post('/commands/Add', add, { 'idempotency-key': key }), 400, 'IDEMPOTENCY_KEY_INVALID'],
    [post('/commands/Add', add, { 'idempotency-key': '""' }), 400, 'IDEMPOTENCY_KEY_INVALID'],
    [get('/commands/never'), 404, 'COMMAND_UNKNOWN'],
    [get('/trace/never'), 404, 'TRACE_UNKNOWN'],
    [get('/queries/nope'), 404, 'QUERY_UNKNOWN'],
    [get('/queries/total'), 422, 'QUERY_INVALID'],
    [get('/queries/broken'), 500, 'QUERY_FAILED'],
    [get('/queries/total?id=a&id=b'), 422, 'QUERY_INVALID'],
    [get('/queries/total?id=a&__proto__=b'), 400, 'PARAMETER_INVALID'],
    [get('/queries/total?id=a&after=1-1&after=1-2'), 400, 'PARAMETER_INVALID'],
    [get(`/queries/page?limit=1${'&ids=x'.repeat(101)}`), 400, 'PARAMETER_INVALID'],
    [get('/queries/page?input={}&input={}'), 400, 'PARAMETER_INVALID'],
    [get('/queries/page?input={'), 400, 'BODY_INVALID'],
    [get('/queries/total?id=a&after=zzz'), 400, 'POSITION_INVALID'],
    [get('/queries/page?limit=ten'), 422, 'QUERY_INVALID'],
    [get(`/queries/total?id=${'x'.repeat(9_000)}`), 414, 'URL_TOO_LONG'],
    [get('/queries/%zz'), 400, 'REQUEST_INVALID'],
    [get(`/commands/${'x'.repeat(2_000)}`), 414, 'URL_TOO_LONG'],
    [get('/nowhere'), 404, 'NOT_FOUND'],
  ]
  for (const [response, status, code] of cases) {
    const { url } = await response
    const found = await problemOf(await response)
    assert.deepEqual([found.status, found.code], [status, code], url.slice(0, 100))
    assert.doesNotMatch(JSON.stringify(found), /secret reason|at .*\.ts|node_modules/)
  }
  assert.equal(({} as { polluted?: unknown }).polluted, undefined)
})

test('a command that failed is a problem with its receipt, and why it failed stays in the server', async () => {
  await using at = await openCounters()
  const failed = await at.post('/commands/Throw', { id: 'a' }, { 'idempotency-key': 'k1' })
  assert.equal((await problemOf(failed)).receipt?.outcome, 'failed')
  const outcome = await (await at.get('/commands/k1')).text()
  assert.match(outcome, /"outcome":"failed"/)
  assert.doesNotMatch(outcome, /secret reason/)
})

test('what is there under another method is 405, and says which', async () => {
  await using at = await openCounters({
    extend: (fastify) => {
      fastify.get('/own', (_request, reply) => reply.send('own'))
      fastify.get('/files/*', (_request, reply) => reply.send('file'))
    },
  })
  const refused = async (method: string, path: string): Promise<string | null> => {
    const response = await fetch(`${at.url}${path}`, { method, ...(method !== 'GET' && { body: '{' }) })
    assert.equal((await problemOf(response)).code, 'METHOD_NOT_ALLOWED', `${method} ${path}`)
    return response.headers.get('allow')
  }
  assert.equal(await refused('POST', '/queries/total'), 'GET, HEAD')
  assert.equal(await refused('DELETE', '/commands/k1'), 'GET, HEAD, POST')
  assert.equal(await refused('PUT', '/commands/Add'), 'GET, HEAD, POST')
  assert.equal(await refused('POST', '/own'), 'GET, HEAD')
  assert.equal(await (await at.get('/own')).text(), 'own')
  assert.equal(await (await at.get('/files/x')).text(), 'file')
  assert.equal((await problemOf(await fetch(`${at.url}/none`, { method: 'PUT' }))).status, 404)
})

test('what is no HTTP gets a problem too, and the connection ends', async () => {
  await using at = await openCounters()
  const garbage = await sendRaw(at.url, 'GARBAGE\r\n\r\n')
  assert.match(garbage, /^HTTP\/1.1 400 Bad Request\r\n.*application\/problem\+json.*"code":"REQUEST_INVALID"/s)
  const large = await sendRaw(at.url, `GET /queries/total HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`)
  assert.match(large, /^HTTP\/1.1 431 .*"code":"HEADERS_TOO_LARGE"/s)
})

test('a body of 10 MB is refused before it has been read, and before the log', async () => {
  let sent = 0
  await using at = await openCounters({
    stub: {
      send: () => {
        sent++
        return Promise.reject(new Error('not to be called'))
      },
    },
  })
  const head = 'POST /commands/Add HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 10000000\r\n\r\n'
  assert.match(await sendRaw(at.url, head), /^HTTP\/1.1 413 .*"code":"BODY_TOO_LARGE"/s)
  // Without a length it is cut off where it grows too long.
  const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`
  const chunked = 'POST /commands/Add HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n'
  assert.match(await sendRaw(at.url, chunked + chunk + chunk), /^HTTP\/1.1 413 .*"code":"BODY_TOO_LARGE"/s)
  assert.equal(sent, 0)
})
