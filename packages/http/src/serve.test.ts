import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import { errorCodes } from '@millrace/core'
import { openCounters, problemOf } from './fixtures/counters.ts'
import { requestCodes } from './request-error.ts'

interface Document extends Record<string, unknown> {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, unknown>> }>>>>
  readonly components: { readonly schemas: { readonly ErrorCode: { readonly enum: readonly string[] } } }
}

test('a command is answered with its receipt, and a query with its position sees it', async () => {
  await using at = await openCounters()
  const response = await at.post('/commands/Add', { id: 'a', by: 2 }, { 'idempotency-key': 'k1' })
  assert.equal(response.status, 200)
  const receipt = (await response.json()) as { readonly commandId: string; readonly position: string }
  const { position } = receipt
  assert.deepEqual(receipt, { commandId: 'k1', outcome: 'accepted', events: [{ type: 'Added', data: { by: 2 } }], position })
  assert.equal(response.headers.get('millrace-position'), position)
  const found = await at.get('/queries/total?id=a', { 'millrace-after': position })
  assert.deepEqual(await found.json(), { total: 2, adds: { k1: 2 } })
  assert.equal(found.headers.get('cache-control'), 'no-cache')
  assert.equal(found.headers.get('vary'), 'accept')
  assert.ok(found.headers.get('millrace-position'))
  assert.deepEqual(await (await at.get('/commands/k1')).json(), receipt)
})

test('an answer that has not changed is not sent again', async () => {
  await using at = await openCounters()
  const position = await at.add('a', 1)
  const get = (etag: string): Promise<Response> => at.get('/queries/total?id=a', { 'millrace-after': position, 'if-none-match': etag })
  const etag = (await get('"other"')).headers.get('etag') ?? ''
  for (const known of [etag, `"other", W/${etag}`, '*']) {
    const response = await get(known)
    assert.deepEqual([response.status, await response.text(), response.headers.get('etag')], [304, '', etag], known)
  }
  await at.add('a', 1)
  while ((await get(etag)).status !== 200);
})

test('texts of a query string become what the schema expects', async () => {
  await using at = await openCounters()
  const ask = async (search: string): Promise<unknown> => (await at.get(`/queries/page?${search}`)).json()
  assert.deepEqual(await ask('limit=10&deep=true&ids=7&from=3'), { limit: 10, deep: true, ids: ['7'], from: 3 })
  assert.deepEqual(await ask('limit=1&ids=a&ids=b'), { limit: 1, ids: ['a', 'b'] })
  assert.deepEqual(await ask(`input=${encodeURIComponent('{"limit":3,"ids":["a","b"],"from":null}')}`), {
    limit: 3,
    ids: ['a', 'b'],
    from: null,
  })
  for (const limit of ['', ' ', 'NaN', '1e999', '0x'])
    assert.equal((await problemOf(await at.get(`/queries/page?limit=${limit}`))).code, 'QUERY_INVALID')
})

test('asked not to wait, it answers as soon as the command is durable', async () => {
  await using at = await openCounters()
  const response = await at.post('/commands/Add', { id: 'a', by: 1 }, { prefer: 'respond-async', 'idempotency-key': 'k9' })
  assert.equal(response.status, 202)
  assert.deepEqual(await response.json(), { commandId: 'k9' })
  assert.equal(response.headers.get('location'), '/commands/k9')
  for (let status = 202; status === 202;) ({ status } = await at.get('/commands/k9'))
})

test('health says what is missing, and the way of a command can be asked for', async () => {
  await using at = await openCounters()
  assert.equal((await at.get('/health/live')).status, 200)
  for (let status = 503; status !== 200;) ({ status } = await at.get('/health/ready'))
  await at.post('/commands/Add', { id: 'a', by: 1 }, { 'idempotency-key': 'k1' })
  const trace = (await (await at.get('/trace/k1')).json()) as {
    readonly commandId: string
    readonly steps: readonly { readonly step: string }[]
  }
  assert.equal(trace.commandId, 'k1')
  assert.equal(trace.steps[0]?.step, 'received')
  await at.running.stop()
  const stopped = await at.get('/health/ready')
  assert.deepEqual([stopped.status, ((await stopped.json()) as { readonly status: string }).status], [503, 'not ready'])
})

test('metrics are what Prometheus reads', async () => {
  await using at = await openCounters()
  await at.post('/commands/Add', { id: 'a', by: 1 })
  await at.post('/commands/Add', { id: 'a', by: -9 })
  await at.post('/commands/Add', {})
  await at.get('/queries/total?id=a')
  const text = await (await at.get('/metrics')).text()
  const names = new Set<string>()
  for (const line of text.trimEnd().split('\n')) {
    const help = /^# (?:HELP (\w+) \S.*|TYPE \w+ (?:counter|gauge|histogram))$/.exec(line)
    if (help?.[1] !== undefined) names.add(help[1])
    if (help !== null) continue
    const [, name = ''] = /^(\w+)(?:\{\w+="[^"\\\n]*"(?:,\w+="[^"\\\n]*")*\})? -?\d+(?:\.\d+)?(?:e-?\d+)?$/.exec(line) ?? assert.fail(line)
    assert.ok(names.has(name.replace(/_(bucket|sum|count)$/, '')) || names.has(name), line)
  }
  for (const line of [
    'millrace_commands_total{outcome="accepted"} 1',
    'millrace_commands_total{outcome="rejected"} 1',
    'millrace_events_total 1',
    'millrace_problems_total{code="COMMAND_INVALID"} 1',
    'millrace_command_seconds_count 2',
    'millrace_query_seconds_count 1',
    'millrace_live_streams 0',
    'millrace_shard_ready{partition="0"} 1',
  ]) {
    assert.ok(text.split('\n').includes(line), line)
  }
  assert.match(text, /^millrace_projection_behind\{projection="totals",version="1",role="serving"\} \d+$/m)
  assert.match(text, /^millrace_command_seconds_bucket\{le="\+Inf"\} 2$/m)
})

test('an independent validator takes the OpenAPI document, and it has all that can be asked', async () => {
  await using at = await openCounters()
  const document = (await (await at.get('/openapi.json')).json()) as Document
  const { valid, errors } = await new Validator().validate({ ...document })
  assert.ok(valid, JSON.stringify(errors))
  assert.equal(document.openapi, '3.1.0')
  assert.ok(document.paths['/commands/Add'] !== undefined && document.paths['/commands/Secret'] === undefined)
  assert.match(JSON.stringify(document.paths['/commands/Add']['post']?.responses['409']), /`negative`: The counter would fall below zero\./)
  for (const path of ['/queries/total', '/commands/{id}', '/trace/{id}', '/ops/parked', '/health/ready', '/metrics', '/docs'])
    assert.ok(document.paths[path] !== undefined, path)
  assert.deepEqual(document.components.schemas.ErrorCode.enum, [...errorCodes, ...Object.keys(requestCodes)].sort())
})

test('the reference can be read without a script, and allows none', async () => {
  await using at = await openCounters()
  const response = await at.get('/docs')
  const page = await response.text()
  assert.match(response.headers.get('content-security-policy') ?? '', /^default-src 'none'; style-src 'self';.*frame-ancestors 'none'/)
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
  assert.match(page, /The counter would fall below zero/)
  assert.match(page, /<html lang="en">/)
  assert.doesNotMatch(page, /<script|\sstyle=|\son\w+=|https?:/)
  for (const code of [...errorCodes, ...Object.keys(requestCodes)]) assert.ok(page.includes(`<code>${code}</code>`), code)
  const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
  assert.equal(new Set(ids).size, ids.length, 'ids are unique')
  for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) assert.ok(ids.includes(target), target)
  assert.equal((await at.get('/docs/style.css')).headers.get('content-type'), 'text/css; charset=utf-8')
})
