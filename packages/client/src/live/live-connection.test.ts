import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MillraceClientError } from '../client-error.ts'
import type { Sink } from './feed.ts'
import { LiveConnection } from './live-connection.ts'

const turn = (ms = 5): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn()
}

interface Asked {
  readonly watches: readonly string[]
  readonly headers: Headers
  readonly isClosed: () => boolean
  say(text: string): void
  end(): void
}

/** A server by hand: each request is noted, and answered as the test says. */
function fakeServer(answer: () => Response | undefined = () => undefined): { readonly fetch: typeof fetch; readonly asked: Asked[] } {
  const asked: Asked[] = []
  return {
    asked,
    fetch: (input, init) => {
      let stream: ReadableStreamDefaultController<Uint8Array>
      const body = new ReadableStream<Uint8Array>({ start: (controller) => (stream = controller) })
      const signal = init?.signal
      signal?.addEventListener('abort', () => stream.error(new Error('aborted')))
      asked.push({
        watches: new URL(input).searchParams.getAll('watch'),
        headers: new Headers(init?.headers),
        isClosed: () => signal?.aborted === true,
        say: (text) => stream.enqueue(new TextEncoder().encode(text)),
        end: () => stream.close(),
      })
      return Promise.resolve(answer() ?? new Response(body))
    },
  }
}

interface Noted extends Sink {
  readonly said: string[]
  readonly errors: MillraceClientError[]
}

function note(): Noted {
  const said: string[] = []
  const errors: MillraceClientError[] = []
  return {
    said,
    errors,
    onEvent: ({ kind, data, token }) => said.push(`${kind} ${data} ${token}`),
    onState: (state) => said.push(state),
    onError: (error) => errors.push(error),
  }
}

const open = (fetch: typeof globalThis.fetch, after = ''): LiveConnection =>
  new LiveConnection({ fetch, base: 'http://x', after: () => after, gatherMs: 0 })
const event = (at: number, kind: string, id: string, data = '{}'): string => `id: ${id}\nevent: ${at}.${kind}\ndata: ${data}\n\n`

test('watches of one turn go over one connection; another one connects anew, and all go on where they were', async () => {
  const { fetch, asked } = fakeServer()
  const connection = open(fetch, '0-3')
  const [a, b, c] = [note(), note(), note()]
  connection.follow('a', a, '')
  const second = connection.follow('b?x=1&y=%3F', b, '')
  await until(() => asked.length === 1)
  assert.deepEqual(asked[0]!.watches, ['a', 'b?x=1&y=%3F'])
  assert.deepEqual([asked[0]!.headers.get('last-event-id'), asked[0]!.headers.get('millrace-after')], [null, '0-3'])
  asked[0]!.say(event(1, 'snapshot', '_~0-4@i') + event(0, 'snapshot', '0-5@i', '1'))
  await until(() => a.said.length === 3)

  connection.follow('c', c, '')
  await until(() => asked.length === 2)
  assert.ok(asked[0]!.isClosed())
  assert.deepEqual(asked[1]!.watches, ['a', 'b?x=1&y=%3F', 'c'])
  assert.equal(asked[1]!.headers.get('last-event-id'), '0-5@i~~_')

  second.stop()
  await until(() => asked.length === 3)
  assert.deepEqual(asked[2]!.watches, ['a', 'c'])
  assert.equal(asked[2]!.headers.get('last-event-id'), '0-5@i~_')
  asked[2]!.say(event(1, 'snapshot', '0-5@i~0-6@i', '2'))
  await until(() => c.said.length === 3)
  assert.deepEqual(a.said, ['connecting', 'live', 'snapshot 1 0-5@i'], 'undisturbed')
  assert.deepEqual(b.said, ['connecting', 'live', 'snapshot {} 0-4@i'])
  assert.deepEqual(c.said, ['connecting', 'live', 'snapshot 2 0-6@i'])
  connection.follow('d', note(), '').stop()
})

test('cut off, it comes back where it was, also where only an id said how far that is', async () => {
  const { fetch, asked } = fakeServer()
  const connection = open(fetch)
  const a = note()
  const following = connection.follow('a', a, '0-1@i')
  await until(() => asked.length === 1)
  assert.equal(asked[0]!.headers.get('last-event-id'), '0-1@i')
  asked[0]!.say('retry: 1\n\nid: 0-9@i\n\n')
  await turn()
  asked[0]!.end()
  await until(() => asked.length === 2)
  assert.equal(asked[1]!.headers.get('last-event-id'), '0-9@i')
  assert.deepEqual(a.said, ['connecting', 'live', 'lost', 'connecting', 'live'])
  following.stop()
  await until(() => asked[1]!.isClosed())
  await turn(50)
  assert.equal(asked.length, 2, 'nothing is watched, so nothing is open')
})

test('one that the server will never take ends alone; one that may work later is asked for again, with all', async () => {
  const { fetch, asked } = fakeServer()
  const connection = open(fetch)
  const [a, b, c] = [note(), note(), note()]
  for (const [query, sink] of Object.entries({ a, b, c })) connection.follow(query, sink, '')
  await until(() => asked.length === 1)
  asked[0]!.say('event: 0.error\ndata: {"status":422,"code":"QUERY_INVALID","detail":"no","issues":[{"path":"id","message":"wrong"}]}\n\n')
  asked[0]!.say(event(2, 'snapshot', '_~~0-2@i') + 'event: 1.error\ndata: {"status":504,"code":"QUERY_STALE","detail":"later"}\n\n')
  await until(() => asked.length === 2)
  assert.deepEqual(asked[1]!.watches, ['b', 'c'])
  assert.equal(asked[1]!.headers.get('last-event-id'), '_~0-2@i')
  assert.deepEqual(
    a.errors.map(({ status, code, detail, issues }) => ({ status, code, detail, issues })),
    [{ status: 422, code: 'QUERY_INVALID', detail: 'no', issues: [{ path: 'id', message: 'wrong' }] }],
  )
  assert.deepEqual([b.errors, c.errors], [[], []])
  assert.deepEqual(b.said, ['connecting', 'live', 'lost', 'connecting', 'live'])
  assert.deepEqual(c.said, ['connecting', 'live', 'snapshot {} 0-2@i'])
})

test('refused as a whole, it says why; a server that is busy is asked again', async () => {
  const refusal = { code: 'PARAMETER_INVALID', detail: 'too many' }
  const refused = fakeServer(() => new Response(JSON.stringify(refusal), { status: 400 }))
  const a = note()
  open(refused.fetch).follow('a', a, '')
  await until(() => a.errors.length > 0)
  assert.deepEqual([a.errors[0]!.status, a.errors[0]!.code], [400, 'PARAMETER_INVALID'])
  await turn(600)
  assert.equal(refused.asked.length, 1)

  let times = 0
  const busy = fakeServer(() => (times++ < 2 ? new Response('{}', { status: 503 }) : undefined))
  const b = note()
  const following = open(busy.fetch).follow('b', b, '')
  await until(() => b.said.at(-1) === 'live')
  assert.deepEqual([b.errors, busy.asked.length], [[], 3])
  following.stop()
})

test('told to begin anew, it does, whatever the old connection still says', async () => {
  const { fetch, asked } = fakeServer()
  const connection = open(fetch)
  const a = note()
  const following = connection.follow('a', a, '')
  await until(() => asked.length === 1)
  asked[0]!.say(event(0, 'snapshot', '0-2@i'))
  await until(() => a.said.length === 3)
  following.restart()
  asked[0]!.say(event(0, 'patch', '0-3@i'))
  await until(() => asked.length === 2)
  assert.equal(asked[1]!.headers.get('last-event-id'), null)
  following.stop()
})

test('a server that says nothing for long is taken for gone', async (context) => {
  const { fetch, asked } = fakeServer()
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const pass = async (ms: number): Promise<void> => {
    context.mock.timers.tick(ms)
    for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve))
  }
  const a = note()
  open(fetch).follow('a', a, '')
  await pass(0)
  await pass(40_000)
  asked[0]!.say(': keep-alive\n\n')
  await pass(0)
  await pass(40_000)
  assert.equal(asked[0]!.isClosed(), false)
  await pass(5_000)
  assert.ok(asked[0]!.isClosed())
  assert.equal(a.said.at(-1), 'lost')
  await pass(1_000)
  assert.equal(asked.length, 2)
})
