import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { createMemoryReadStore, type LiveQuery } from '@millrace/core'
import { LiveReader, openCounters, problemOf, type Opened, type Sse } from '../fixtures/counters.ts'

const total = (id: string): string => `watch=${encodeURIComponent(`total?id=${id}`)}`
const open = (at: Opened, ...search: readonly string[]): Promise<LiveReader> => LiveReader.open(at, `/live?${search.join('&')}`)
const resumed = (at: Opened, lastEventId: string, ...search: readonly string[]): Promise<LiveReader> =>
  LiveReader.open(at, `/live?${search.join('&')}`, { 'last-event-id': lastEventId })
async function take(reader: LiveReader, count: number): Promise<Sse[]> {
  const found: Sse[] = []
  while (found.length < count) found.push((await reader.next())!)
  return found
}
const said = (events: readonly Sse[]): Record<string, unknown> => Object.fromEntries(events.map(({ kind, data }) => [kind, data]))
const metric = async (at: Opened, name: string): Promise<number> =>
  Number(
    (await (await at.get('/metrics')).text())
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.split(' ')[1],
  )

test('one connection carries several watches, and each event names its own', async () => {
  await using at = await openCounters()
  await at.add('a', 1, 'k1')
  await at.add('b', 2, 'k2')
  const live = await open(at, total('a'), total('b'), 'watch=page%3Flimit%3D7%26ids%3Dx%26ids%3Dy')
  assert.deepEqual(said(await take(live, 3)), {
    '0.snapshot': { total: 1, adds: { k1: 1 } },
    '1.snapshot': { total: 2, adds: { k2: 2 } },
    '2.snapshot': { limit: 7, ids: ['x', 'y'] },
  })
  assert.equal(await metric(at, 'millrace_live_streams'), 1)
  assert.equal(await metric(at, 'millrace_live_watches'), 3)
  await at.add('b', 3, 'k3')
  assert.deepEqual(said(await take(live, 1)), { '1.patch': { total: 5, adds: { k3: 3 } } })
  await live.cancel()
})

test('what is wrong with one watch is told for it, and the others go on', async () => {
  await using at = await openCounters({ queryTimeoutMs: 50 })
  const live = await open(
    at,
    total('a'),
    'watch=nothing',
    'watch=total',
    'watch=broken',
    'watch=total%3Finput%3D%7B',
    'watch=page%3Flimit%3D1',
  )
  const found = said(await take(live, 6))
  const codes = Object.entries(found).map(([kind, data]) => [kind, (data as { readonly code?: string } | null)?.code])
  assert.deepEqual(Object.fromEntries(codes), {
    '0.snapshot': undefined,
    '1.error': 'QUERY_UNKNOWN',
    '2.error': 'QUERY_INVALID',
    '3.error': 'QUERY_FAILED',
    '4.error': 'BODY_INVALID',
    '5.snapshot': undefined,
  })
  assert.deepEqual((found['2.error'] as { readonly issues: readonly object[] }).issues[0], {
    path: 'id',
    message: 'Invalid input: expected string, received undefined',
  })
  assert.ok(!JSON.stringify(found['3.error']).includes('secret'))
  const position = await at.add('a', 1, 'k1')
  assert.deepEqual(said(await take(live, 1)), { '0.snapshot': { total: 1, adds: { k1: 1 } } })
  assert.equal(await metric(at, 'millrace_problems_total{code="QUERY_FAILED"}'), 1)
  await live.cancel()

  // Not there yet: told for each, and as none is left, that is the end.
  const [mark = ''] = position.split('-')
  const stale = await open(at, total('a'), total('b'), `after=${mark}-99`)
  const [one, other, bye] = await take(stale, 3)
  assert.deepEqual(
    [one, other].map((each) => (each?.data as { readonly code: string }).code),
    ['QUERY_STALE', 'QUERY_STALE'],
  )
  assert.deepEqual([bye?.kind, bye?.data], ['bye', { reason: 'failed' }])
  assert.equal(await stale.next(), undefined)
  assert.equal(await metric(at, 'millrace_live_streams_ended_total{reason="failed"}'), 1)
})

test('a request that is wrong as a whole is refused', async () => {
  await using at = await openCounters({ maxWatches: 2 })
  for (const [search, status, code] of [
    ['', 400, 'PARAMETER_INVALID'],
    [[total('a'), total('b'), total('c')].join('&'), 400, 'PARAMETER_INVALID'],
    [`${total('a')}&after=x`, 400, 'POSITION_INVALID'],
    [`${total('a')}&after=0-1&after=0-2`, 400, 'PARAMETER_INVALID'],
    [total('x'.repeat(9_000)), 414, 'URL_TOO_LONG'],
  ] as const) {
    const problem = await problemOf(await at.get(`/live?${search}`))
    assert.deepEqual([problem.status, problem.code], [status, code], search.slice(0, 100))
  }
})

test('the id of any event resumes every watch after what it had', async () => {
  await using at = await openCounters()
  await at.add('a', 1, 'a1')
  await at.add('b', 1, 'b1')
  const first = await open(at, total('a'), total('b'))
  await take(first, 2)
  await at.add('a', 1, 'a2')
  const [patch] = await take(first, 1)
  await first.cancel()
  await at.add('b', 1, 'b2')
  await at.add('a', 1, 'a3')

  const again = await resumed(at, patch!.id, total('a'), total('b'))
  assert.deepEqual(said(await take(again, 2)), {
    '0.patch': { total: 3, adds: { a3: 1 } },
    '1.patch': { total: 2, adds: { b2: 1 } },
  })
  await at.add('a', 1, 'a4')
  const [last] = await take(again, 1)
  await again.cancel()
  // The other way round, with another beside them: the parts of an id stand in the order of the watches.
  const [a = '', b = a] = last!.id.split('~')
  const other = await resumed(at, `_~${b}~${a}`, total('c'), total('b'), total('a'))
  assert.deepEqual(said(await take(other, 1)), { '0.snapshot': null })
  await at.add('a', 1, 'a5')
  assert.deepEqual(said(await take(other, 1)), { '2.patch': { total: 5, adds: { a5: 1 } } })
  await other.cancel()
})

test('a watch to which nothing happened is not told again what it has, however far all else has come', async () => {
  await using at = await openCounters()
  await at.add('a', 1, 'a1')
  await at.add('b', 1, 'b1')
  const first = await open(at, total('a'), total('b'))
  await take(first, 2)
  for (let n = 0; n < 600; n++) await at.add('b', 1, `b-${n}`)
  let last: Sse | undefined
  while ((last?.data as { readonly total: number } | undefined)?.total !== 601) last = await first.next()
  assert.equal(last!.id.includes('~'), false, 'all are at the same position')
  await first.cancel()
  const again = await resumed(at, last!.id, total('a'), total('b'))
  await at.add('a', 1, 'a2')
  assert.deepEqual(said(await take(again, 1)), { '0.patch': { total: 2, adds: { a2: 1 } } })
  await again.cancel()
})

test('an id of another instance, or of no instance, gets all anew, but nothing from before it', async () => {
  await using at = await openCounters()
  const position = await at.add('a', 1, 'a1')
  for (const id of [`${position}@00000000`, '0-1@00000000', 'nonsense', '@', `${position}@`, '~~~', '_']) {
    const live = await resumed(at, id, total('a'))
    assert.deepEqual(said(await take(live, 1)), { '0.snapshot': { total: 1, adds: { a1: 1 } } }, id)
    await live.cancel()
  }
})

test('over to another build, watches go on by themselves', async () => {
  await using at = await openCounters({ store: createMemoryReadStore() })
  await at.add('a', 1, 'a1')
  const live = await open(at, total('a'), total('b'))
  const [, second] = await take(live, 2)
  await at.running.rebuild('totals')
  assert.deepEqual(said(await take(live, 2)), { '0.snapshot': { total: 1, adds: { a1: 1 } }, '1.snapshot': null })
  await at.add('b', 1, 'b1')
  const [third] = await take(live, 1)
  assert.deepEqual(said([third!]), { '1.snapshot': { total: 1, adds: { b1: 1 } } })
  assert.notEqual(third!.id.split('@')[1], second!.id.split('@')[1])
  await live.cancel()
})

test('when the app stops, one word says so for all', async () => {
  const at = await openCounters()
  const live = await open(at, total('a'), total('b'))
  await take(live, 2)
  await at.running.stop()
  const [bye] = await take(live, 1)
  assert.deepEqual([bye?.kind, bye?.data], ['bye', { reason: 'stopped' }])
  assert.equal(await live.next(), undefined)
  await at.close()
})

test('a client that leaves before its watches are live leaves nothing behind', async () => {
  const opened: ((live: LiveQuery) => void)[] = []
  let disposed = 0
  await using at = await openCounters({ stub: { live: () => new Promise<LiveQuery>((resolve) => opened.push(resolve)) } })
  const { hostname, port } = new URL(at.url)
  const socket = connect(Number(port), hostname)
  socket.write(`GET /live?${total('a')}&${total('b')} HTTP/1.1\r\nhost: x\r\n\r\n`)
  while (opened.length < 2) await new Promise((resolve) => setTimeout(resolve, 5))
  socket.destroy()
  while ((await metric(at, 'millrace_live_streams')) > 0) await new Promise((resolve) => setTimeout(resolve, 5))
  for (const open of opened)
    open({
      next: () => undefined,
      resume: '',
      [Symbol.dispose]: () => {
        disposed++
      },
    })
  for (const endMs = performance.now() + 60_000; disposed < 2;) {
    assert.ok(performance.now() < endMs, `${disposed} of 2 are disposed of`)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  assert.equal(disposed, 2)
})
