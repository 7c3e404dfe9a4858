import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openCounters, problemOf, type Opened } from './fixtures/counters.ts'

interface Listed {
  readonly projection: string
  readonly version: string
  readonly role: string
  readonly state: string
  readonly behind: number
  readonly secondsLeft: number | null
}

const list = async (response: Response): Promise<readonly Listed[]> =>
  ((await response.json()) as { readonly readModels: readonly Listed[] }).readModels

async function untilServing(at: Opened, version: string): Promise<void> {
  for (const endMs = performance.now() + 60_000; performance.now() < endMs;) {
    const found = await list(await at.get('/ops/read-models'))
    if (found.some((each) => each.version === version && each.role === 'serving')) return
    await sleep(5)
  }
  assert.fail(`version ${version} does not serve`)
}

test('a read model is rebuilt, taken back and tidied up over HTTP', async () => {
  await using at = await openCounters()
  const position = await at.add('a', 3)
  const [before] = await list(await at.get('/ops/read-models', {}))
  assert.deepEqual([before?.projection, before?.version, before?.role], ['totals', '1', 'serving'])
  const started = await at.post('/ops/read-models/totals/rebuild', {})
  assert.equal(started.status, 202)
  await untilServing(at, '1.1')
  assert.match(await (await at.get('/metrics')).text(), /^millrace_projection_behind\{projection="totals",version="1",role="kept"\} 0$/m)
  const found = await at.get('/queries/total?id=a', { 'millrace-after': position })
  assert.equal(((await found.json()) as { readonly total: number }).total, 3)
  const back = await at.post('/ops/read-models/totals/roll-back', {})
  assert.deepEqual([back.status, (await list(back)).find(({ role }) => role === 'serving')?.version], [200, '1'])
  const removed = await list(await at.post('/ops/read-models/totals/remove-kept', {}))
  assert.deepEqual(
    removed.map(({ version, role, secondsLeft }) => [version, role, secondsLeft]),
    [['1', 'serving', 0]],
  )
  const nothing = await at.post('/ops/read-models/totals/roll-back', {})
  assert.deepEqual([nothing.status, (await problemOf(nothing)).code], [404, 'READ_MODEL_UNKNOWN'])
})

test('a read model is verified, with progress, one at a time', async () => {
  await using at = await openCounters()
  await Promise.all(Array.from({ length: 300 }, (_, id) => at.add(`c${id}`, 1)))
  const [one, other] = await Promise.all([at.post('/ops/read-models/totals/verify', {}), at.post('/ops/read-models/totals/verify', {})])
  const refused = [one, other].filter(({ status }) => status === 409)
  assert.ok(refused.length <= 1)
  for (const each of refused) assert.equal((await problemOf(each)).code, 'VERIFYING')
  const taken = [one, other].find(({ status }) => status === 200)!
  assert.equal(taken.headers.get('content-type'), 'application/x-ndjson')
  const lines = (await taken.text())
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  assert.ok(lines.slice(0, -1).every((line) => typeof line['done'] === 'number'))
  const verified = lines.at(-1)?.['verified'] as Record<string, unknown>
  assert.deepEqual([verified['documents'], verified['differing'], verified['differences']], [300, 0, []])
  assert.equal((await at.post('/ops/read-models/totals/verify', {})).status, 200)
})

test('what is unknown, or could come from a page of another site, is refused', async () => {
  await using at = await openCounters()
  for (const action of ['rebuild', 'roll-back', 'remove-kept', 'verify']) {
    const unknown = await at.post(`/ops/read-models/prices/${action}`, {})
    assert.deepEqual([unknown.status, (await problemOf(unknown)).code], [404, 'READ_MODEL_UNKNOWN'], action)
    const bare = await fetch(`${at.url}/ops/read-models/totals/${action}`, { method: 'POST' })
    assert.deepEqual([bare.status, (await problemOf(bare)).code], [415, 'NOT_JSON'], action)
  }
  assert.deepEqual(
    (await list(await at.get('/ops/read-models'))).map(({ version }) => version),
    ['1'],
  )
})
