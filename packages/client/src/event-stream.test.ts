import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MillraceClientError } from './client-error.ts'
import { createClient, type ClientOptions } from './client.ts'

interface Seen {
  readonly data: unknown
  readonly change: { readonly position: string; readonly patch?: unknown }
}

/** Watches with what `options` give, and notes what it is told. */
function watch(options: ClientOptions): {
  readonly seen: Seen[]
  readonly states: string[]
  readonly errors: unknown[]
  readonly stop: () => void
} {
  const seen: Seen[] = []
  const states: string[] = []
  const errors: unknown[] = []
  const client = createClient({ url: 'http://x', ...options }) as unknown as {
    watch: (name: string, input: object, handlers: object) => () => void
  }
  const stop = client.watch(
    'total',
    { id: 'a' },
    {
      onData: (data: unknown, change: Seen['change']) => seen.push({ data, change }),
      onState: (state: string) => states.push(state),
      onError: (error: unknown) => errors.push(error),
    },
  )
  return { seen, states, errors, stop }
}

class FakeEventSource extends EventTarget {
  static readonly CLOSED = 2
  static readonly opened: FakeEventSource[] = []
  readonly url: string
  readyState = 0
  onopen: (() => void) | null = null
  onerror: (() => void) | null = null

  constructor(url: string) {
    super()
    this.url = url
    FakeEventSource.opened.push(this)
  }

  open(): void {
    this.readyState = 1
    this.onopen?.()
  }

  say(kind: string, data: unknown, lastEventId: string): void {
    this.dispatchEvent(Object.assign(new Event(kind), { data: JSON.stringify(data), lastEventId }))
  }

  /** The connection ended; refused, the browser does not try again. */
  end(isRefused: boolean): void {
    this.readyState = isRefused ? FakeEventSource.CLOSED : 0
    this.onerror?.()
  }

  close(): void {
    this.readyState = FakeEventSource.CLOSED
  }
}
const Source = FakeEventSource as unknown as typeof EventSource

const answer = (status: number, body: unknown): Promise<Response> => Promise.resolve(new Response(JSON.stringify(body), { status }))
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5))
}
const latest = (): FakeEventSource => FakeEventSource.opened.at(-1)!

test('with an EventSource: snapshot and patches, on one object, with its states', () => {
  const { seen, states, stop } = watch({ EventSource: Source, fetch: () => assert.fail() })
  latest().open()
  latest().say('snapshot', { total: 1, adds: { k1: 1 } }, '1-2')
  latest().say('patch', { total: 3, adds: { k2: 2 } }, '1-3')
  latest().end(false)
  latest().open()
  latest().say('patch', { adds: { k1: null } }, '1-4')
  latest().say('bye', {}, '')
  stop()
  assert.ok(seen.every(({ data }) => data === seen[0]?.data))
  assert.deepEqual(seen[0]?.data, { total: 3, adds: { k2: 2 } })
  assert.deepEqual(
    seen.map(({ change }) => change),
    [{ position: '1-2' }, { position: '1-3', patch: { total: 3, adds: { k2: 2 } } }, { position: '1-4', patch: { adds: { k1: null } } }],
  )
  assert.deepEqual(states, ['connecting', 'live', 'lost', 'connecting', 'live'])
  assert.equal(latest().readyState, FakeEventSource.CLOSED)
})

test('an EventSource that was refused is replaced, from where the session is by then', async () => {
  const { stop } = watch({ EventSource: Source, fetch: () => answer(503, { code: 'OVERLOADED' }) })
  const first = latest()
  assert.equal(first.url, 'http://x/queries/total?id=a')
  first.open()
  first.say('snapshot', { total: 1 }, '1-7')
  first.end(true)
  await until(() => latest() !== first)
  assert.equal(latest().url, 'http://x/queries/total?id=a&after=1-7')
  latest().end(true)
  stop()
  const { length } = FakeEventSource.opened
  await new Promise((resolve) => setTimeout(resolve, 900))
  assert.equal(FakeEventSource.opened.length, length, 'stopped, it does not come back')
})

test('a query that the server will never take ends with the reason', async () => {
  const refusal = { code: 'QUERY_INVALID', detail: 'no', issues: [{ path: 'id', message: 'wrong' }] }
  let asked = 0
  const fetch = (): Promise<Response> => {
    asked++
    return answer(422, refusal)
  }
  const bySource = watch({ EventSource: Source, fetch })
  const { length } = FakeEventSource.opened
  latest().end(true)
  await until(() => bySource.errors.length > 0)
  const byFetch = watch({ fetch })
  await until(() => byFetch.errors.length > 0)
  await new Promise((resolve) => setTimeout(resolve, 900))
  for (const { errors, states } of [bySource, byFetch]) {
    assert.equal(errors.length, 1)
    const { code, status, detail, issues } = errors[0] as MillraceClientError
    assert.deepEqual({ code, status, detail, issues }, { status: 422, ...refusal })
    assert.equal(states.at(-1), 'lost')
  }
  assert.equal(FakeEventSource.opened.length, length)
  assert.equal(asked, 3)
})

test('without an EventSource: it resumes after the last event, as soon as the server likes', async () => {
  const asked: Headers[] = []
  const events = [
    'retry: 1\n\nid: 1-2\nevent: snapshot\ndata: {"total":1}\n\n',
    'retry: 1\n\nid: 1-3\nevent: patch\ndata: {"total":2}\n\nevent: bye\ndata: {}\n\n',
    'retry: 60000\n\n: keep-alive\n\n',
  ]
  const { seen, states, stop } = watch({
    fetch: (_url, init) => {
      asked.push(new Headers(init?.headers))
      return Promise.resolve(new Response(events[asked.length - 1]))
    },
  })
  await until(() => states.filter((state) => state === 'lost').length === 3)
  stop()
  assert.deepEqual(
    asked.map((headers) => headers.get('last-event-id')),
    [null, '1-2', '1-3'],
  )
  assert.deepEqual(
    seen.map(({ change }) => change.position),
    ['1-2', '1-3'],
  )
  assert.deepEqual(seen[1]?.data, { total: 2 })
  assert.deepEqual(states, ['connecting', 'live', 'lost', 'connecting', 'live', 'lost', 'connecting', 'live', 'lost'])
})

test('stopped, it says no more', async () => {
  const { states, stop, seen } = watch({
    fetch: (_url, init) =>
      Promise.resolve(
        new Response(
          new ReadableStream({
            start: (controller) => init?.signal?.addEventListener('abort', () => controller.error(new Error('aborted'))),
          }),
        ),
      ),
  })
  await until(() => states.includes('live'))
  stop()
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.deepEqual([states, seen], [['connecting', 'live'], []])
})
