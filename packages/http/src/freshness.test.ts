import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryLog, type Batch, type Log } from '@millrace/core'
import { openCounters, problemOf } from './fixtures/counters.ts'

test('an answer says how old it may be, and how new it is to be can be asked for', async () => {
  await using at = await openCounters()
  await at.add('a', 5)
  for (const [path, headers] of [
    ['/queries/total?id=a', { 'millrace-max-age': '0' }],
    ['/queries/total?id=a&maxAgeMs=0', {}],
  ] as const) {
    const askedMs = Date.now()
    const response = await at.get(path, headers)
    const tookMs = Date.now() - askedMs
    assert.equal(response.status, 200)
    assert.equal(((await response.json()) as { total: number }).total, 5)
    assert.match(response.headers.get('millrace-age') ?? 'missing', /^\d+$/)
    // As of the question, or later: whole milliseconds, rounded up.
    assert.ok(Number(response.headers.get('millrace-age')) <= tookMs + 1, `asked for ${tookMs} ms ago`)
    assert.match(response.headers.get('millrace-position') ?? '', /^\d+-\d+/)
  }
  for (const wrong of ['-1', 'soon', '1.5', '1e3']) {
    const { code, status } = await problemOf(await at.get('/queries/total?id=a', { 'millrace-max-age': wrong }))
    assert.deepEqual([code, status], ['PARAMETER_INVALID', 400], wrong)
  }
  const unchanged = await at.get('/queries/total?id=a')
  const again = await at.get('/queries/total?id=a', { 'if-none-match': unchanged.headers.get('etag')! })
  assert.equal(again.status, 304)
  assert.match(again.headers.get('millrace-age') ?? '', /^\d+$/, 'also where nothing has changed')
})

test('what is not reached in time is a 504 that says how far the read model is', async () => {
  const memory = createMemoryLog({ partitions: 1 })
  let gate: Promise<void> | undefined
  const log: Log = {
    ...memory,
    async *read(partition, from, signal): AsyncGenerator<Batch> {
      for await (const batch of memory.read(partition, from, signal)) {
        await gate
        yield batch
      }
    },
  }
  await using at = await openCounters({ log, queryTimeoutMs: 30 })
  const before = await at.add('a', 1)
  await at.running.query('total', { id: 'a' }, { after: before, timeoutMs: 60_000 })
  const { promise, resolve } = Promise.withResolvers<void>()
  gate = promise
  const ends = async (): Promise<number> => (await log.ends())[0]!
  const first = await ends()
  await at.running.submit('Add', { id: 'a', by: 1 })
  while ((await ends()) === first) await new Promise((done) => setTimeout(done, 2))
  const next = await ends()
  for (const headers of [{ 'millrace-after': `0-${next}` }, { 'millrace-max-age': '0' }]) {
    const problem = await problemOf(await at.get('/queries/total?id=a', headers))
    assert.deepEqual([problem.status, problem.code], [504, 'QUERY_STALE'])
    const { position } = problem as unknown as { readonly position: string }
    assert.ok(Number(position.slice(2)) >= Number(before.slice(2)) && Number(position.slice(2)) < next, position)
  }
  resolve()
  gate = undefined
  await at.running.query('total', { id: 'a' }, { after: `0-${next}`, timeoutMs: 60_000 })
  assert.equal((await at.get('/queries/total?id=a', { 'millrace-after': `0-${next}` })).status, 200)
})
