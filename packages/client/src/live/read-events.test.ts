import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readEvents, type StreamEvent } from './read-events.ts'

async function read(...pieces: readonly Uint8Array[]): Promise<{ events: StreamEvent[]; retries: number[] }> {
  const events: StreamEvent[] = []
  const retries: number[] = []
  await readEvents(ReadableStream.from<Uint8Array>(pieces), {
    onEvent: (event) => events.push(event),
    onRetry: (ms) => retries.push(ms),
  })
  return { events, retries }
}

const text =
  'retry: 500\n\nid: 1-2\nevent: snapshot\ndata: {"a":"ä€𝄞"}\n\n: keep-alive\n\nid: 1-3\nevent: patch\ndata: {"a":1}\n\nevent: bye\ndata: {}\n\n'
const events = [
  { kind: 'snapshot', data: '{"a":"ä€𝄞"}', id: '1-2' },
  { kind: 'patch', data: '{"a":1}', id: '1-3' },
  { kind: 'bye', data: '{}', id: '1-3' },
]

test('events are the same wherever the bytes are cut', async () => {
  const bytes = new TextEncoder().encode(text)
  for (let size = 1; size <= bytes.length; size++) {
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.slice(at * size, (at + 1) * size))
    assert.deepEqual(await read(...pieces), { events, retries: [500] }, `in pieces of ${size}`)
  }
})

test('lines may end as the standard allows, data may have several, and what has none or was cut off is no event', async () => {
  const odd = 'data:a\r\ndata:  b\r\ndata\r\n\r\nevent: empty\r\n\r\nretry: soon\r\n\r\nid: 7\r\ndata: c:d\r\n\r\ndata: cut off\r\n'
  const found = await read(new TextEncoder().encode(odd))
  assert.deepEqual(found, {
    events: [
      { kind: 'message', data: 'a\n b\n', id: '' },
      { kind: 'message', data: 'c:d', id: '7' },
    ],
    retries: [],
  })
})
