import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { createMemoryLog, MillraceError, type Log } from '@millrace/core'
import { openSqliteLog } from '@millrace/sqlite'
import { openCounters, problemOf, type Opened } from './fixtures/counters.ts'

const key = { 'idempotency-key': 'k1' }
const add = { id: 'a', by: 1 }
const total = async (at: Opened): Promise<number | undefined> => (await at.running.query('total', { id: 'a' }, { maxAgeMs: 0 }))?.total

test('the same key and body: the same status and body, and one effect, also after a restart', async () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'millrace-http-'))
  const answers: [number, string][] = []
  const ask = async (at: Opened, by: number, header: Record<string, string>): Promise<void> => {
    const response = await at.post('/commands/Add', { id: 'a', by }, header)
    answers.push([response.status, await response.text()])
  }
  try {
    for (let start = 0; start < 2; start++) {
      await using at = await openCounters({ log: await openSqliteLog(directory, { partitions: 2 }) })
      for (let round = 0; round < 2; round++) {
        await ask(at, 1, key)
        await ask(at, -5, { 'idempotency-key': 'refused' })
      }
      const [, receipt] = answers[0]!
      const { position } = JSON.parse(receipt) as { readonly position: string }
      assert.equal((await at.running.query('total', { id: 'a' }, { after: position }))?.total, 1)
    }
  } finally {
    rmSync(directory, { recursive: true })
  }
  const [accepted, rejected] = answers
  assert.deepEqual([accepted![0], rejected![0]], [200, 409])
  for (const [at, answer] of answers.entries()) assert.deepEqual(answer, at % 2 === 0 ? accepted : rejected)
})

test('the same key and another body, or another command: 422, and nothing more is done', async () => {
  await using at = await openCounters()
  await at.post('/commands/Add', add, key)
  for (const [path, body] of [
    ['/commands/Add', { id: 'a', by: 2 }],
    ['/commands/Add', { id: 'other', by: 1 }],
    ['/commands/Throw', { id: 'a' }],
  ] as const) {
    const { status, code } = await problemOf(await at.post(path, body, key))
    assert.deepEqual([status, code], [422, 'COMMAND_ID_REUSED'], path)
  }
  assert.equal(await total(at), 1)
})

test('sent twenty times at once, it is done once and all get the answer', async () => {
  await using at = await openCounters()
  const responses = await Promise.all(Array.from({ length: 20 }, () => at.post('/commands/Add', add, key)))
  const bodies = await Promise.all(responses.map((each) => each.text()))
  assert.equal(new Set(bodies).size, 1)
  assert.ok(responses.every(({ status }) => status === 200))
  assert.equal(await total(at), 1)
})

test('a key is the same quoted or not, and without one each request is a command of its own', async () => {
  await using at = await openCounters()
  const [one, two] = [await at.post('/commands/Add', add, key), await at.post('/commands/Add', add, { 'idempotency-key': '"k1"' })]
  assert.equal(await one.text(), await two.text())
  await at.post('/commands/Add', add)
  await at.post('/commands/Add', add)
  assert.equal(await total(at), 3)
})

test('a failure that may pass does not spoil the key', async () => {
  let failures = 2
  const memory = createMemoryLog({ partitions: 2 })
  const log: Log = {
    ...memory,
    submit: (partition, command) =>
      failures-- > 0 ? Promise.reject(new MillraceError('LOG_UNAVAILABLE', 'away')) : memory.submit(partition, command),
  }
  await using at = await openCounters({ log })
  for (const status of [503, 503, 200, 200]) assert.equal((await at.post('/commands/Add', add, key)).status, status)
  assert.equal(await total(at), 1)
})

test('a key of any visible characters is found again by its URL', async () => {
  await using at = await openCounters()
  const odd = '/a?b#c%20&=+\'"<>{}|^`~'
  const response = await at.post('/commands/Add', add, { 'idempotency-key': odd, prefer: 'wait=1, respond-async' })
  assert.equal(response.status, 202)
  const location = response.headers.get('location') ?? ''
  for (let status = 202; status === 202;) {
    const found = await at.get(location)
    ;({ status } = found)
    if (status === 200) assert.equal(((await found.json()) as { commandId: string }).commandId, odd)
  }
  const long = '%'.repeat(200)
  await at.post('/commands/Add', add, { 'idempotency-key': long })
  assert.equal((await at.get(`/commands/${encodeURIComponent(long)}`)).status, 200)
})
