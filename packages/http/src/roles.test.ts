import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryLog, createMemorySharedReadStore, MillraceError, type Log } from '@millrace/core'
import { LiveReader, openCounters, problemOf, type Opened } from './fixtures/counters.ts'

/** One log for several instances, which none of them closes. */
function lastingLog(): Log {
  return { ...createMemoryLog({ partitions: 2 }), [Symbol.asyncDispose]: () => Promise.resolve() }
}

async function untilReady(at: Opened): Promise<unknown> {
  for (;;) {
    const response = await at.get('/health/ready')
    if (response.status === 200) return response.json()
    await response.body?.cancel()
  }
}

test('of two instances one decides and the other answers, and a position says the same to both', async () => {
  const log = lastingLog()
  await using writer = await openCounters({ log, role: 'write' })
  await using reader = await openCounters({ log, role: 'read' })
  assert.deepEqual(await untilReady(writer), { status: 'ready', role: 'write', waiting: [] })
  assert.deepEqual(await untilReady(reader), { status: 'ready', role: 'read', waiting: [] })
  const live = await LiveReader.open(reader, '/live?watch=total%3Fid%3Da')
  assert.equal((await live.next())?.data, null)
  for (const [at, total] of [
    [writer, 2],
    [reader, 4],
  ] as const) {
    const sent = await at.post('/commands/Add', { id: 'a', by: 2 }, { 'idempotency-key': `to-${total}` })
    assert.equal(sent.status, 200)
    const seen = await reader.get('/queries/total?id=a', { 'millrace-after': sent.headers.get('millrace-position')! })
    assert.equal(((await seen.json()) as { readonly total: number }).total, total)
    assert.equal(((await live.next())?.data as { readonly total: number }).total, total)
  }
  await live.cancel()
  assert.equal((await reader.get('/commands/to-2')).status, 200, 'the outcome is known on either')
  assert.equal((await writer.get('/commands/to-4')).status, 200)
})

test('what an instance that only writes has no answer to is misdirected there, and says so', async () => {
  await using at = await openCounters({ role: 'write' })
  await untilReady(at)
  for (const [path, headers] of [
    ['/queries/total?id=a', {}],
    ['/queries/total?id=a', { accept: 'text/event-stream' }],
    ['/live?watch=total%3Fid%3Da', { accept: 'text/event-stream' }],
    ['/ops/read-models', {}],
  ] as const) {
    const response = await at.get(path, headers)
    const { status, code, detail } = await problemOf(response)
    assert.deepEqual([status, code], [421, 'QUERIES_ELSEWHERE'], path)
    assert.match(detail, /role 'write'; ask one that has the role 'read', or 'all'$/)
    assert.equal(response.headers.get('retry-after'), null)
  }
  for (const action of ['rebuild', 'roll-back', 'remove-kept', 'verify']) {
    const response = await at.post(`/ops/read-models/totals/${action}`, {})
    assert.equal((await problemOf(response)).code, 'QUERIES_ELSEWHERE', action)
  }
  assert.equal((await at.get('/queries/sum')).status, 404, 'what no instance answers')
  const metrics = await (await at.get('/metrics')).text()
  assert.match(metrics, /^millrace_instance_info\{role="write"\} 1$/m)
  assert.match(metrics, /^millrace_shard_ready\{partition="1"\} 1$/m)
  assert.doesNotMatch(metrics, /^millrace_projection_behind\{/m)
  const { paths } = (await (await at.get('/openapi.json')).json()) as {
    readonly paths: Readonly<Record<string, { readonly get: { readonly responses: object } }>>
  }
  assert.ok('421' in paths['/queries/total']!.get.responses, 'the description is of the app, and the same on all instances')
})

test('in a shared store, the read models that an instance folds can be operated on there, though it answers nothing', async () => {
  const log = lastingLog()
  const store = createMemorySharedReadStore()
  await using writer = await openCounters({ log, store, role: 'write' })
  await using reader = await openCounters({ log, store, role: 'read' })
  await untilReady(writer)
  const position = await writer.add('a', 3)
  const seen = await reader.get('/queries/total?id=a', { 'millrace-after': position })
  assert.equal(((await seen.json()) as { readonly total: number }).total, 3)
  assert.equal((await writer.get('/queries/total?id=a')).status, 421)
  const { readModels } = (await (await writer.get('/ops/read-models')).json()) as {
    readonly readModels: readonly { readonly role: string }[]
  }
  assert.deepEqual(
    readModels.map(({ role }) => role),
    ['serving'],
  )
  const lines = (await (await writer.post('/ops/read-models/totals/verify', {})).text()).trim().split('\n')
  assert.equal((JSON.parse(lines.at(-1)!) as { readonly verified: { readonly differing: number } }).verified.differing, 0)
})

test('an instance that only reads stays ready while the log is away: queries go on, commands are refused', async () => {
  const away: { error?: MillraceError } = {}
  const memory = createMemoryLog({ partitions: 2 })
  const log: Log = {
    ...memory,
    trouble: () => away.error,
    submit: (partition, command) => (away.error === undefined ? memory.submit(partition, command) : Promise.reject(away.error)),
  }
  await using at = await openCounters({ log, role: 'read' })
  await untilReady(at)
  away.error = new MillraceError('LOG_UNAVAILABLE', 'no broker answers')
  const ready = await at.get('/health/ready')
  assert.deepEqual([ready.status, await ready.json()], [200, { status: 'ready', role: 'read', waiting: [] }])
  assert.match(await (await at.get('/metrics')).text(), /^millrace_log_available 0$/m)
  assert.equal((await at.get('/queries/total?id=a')).status, 200)
  const refused = await at.post('/commands/Add', { id: 'a', by: 1 })
  assert.deepEqual([refused.status, (await problemOf(refused)).code], [503, 'LOG_UNAVAILABLE'])
})

test('an instance that is not ready always says what it waits for', async () => {
  const log = lastingLog()
  await using ready = await openCounters({ log, role: 'read' })
  await untilReady(ready)
  // As of one whose parts are all in order, and that has not read the log to its end.
  const status = { ...ready.running.status(), ready: false }
  await using at = await openCounters({ log, role: 'read', stub: { status: () => status } })
  const response = await at.get('/health/ready')
  const waiting = ['the app is stopping, or has not read yet what was in the log at its start']
  assert.deepEqual([response.status, await response.json()], [503, { status: 'not ready', role: 'read', waiting }])
})
