import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { FrameReader, writeFrame } from './frames.ts'

const someFrames = [
  ['hello', Buffer.from('one')],
  ['ask', Buffer.alloc(0)],
  ['events', Buffer.alloc(1_000, 7)],
] as const

function written(): Buffer {
  const stream = new PassThrough()
  for (const [kind, body] of someFrames) writeFrame(stream as unknown as Socket, kind, body)
  return stream.read() as Buffer
}

test('frames are the same however their bytes are cut up', () => {
  const bytes = written()
  for (const size of [1, 2, 3, 5, 7, 8, 64, 1_003, bytes.length]) {
    const reader = new FrameReader(2_000)
    const read: (readonly [string, Buffer])[] = []
    for (let from = 0; from < bytes.length; from += size) {
      for (const { kind, body } of reader.take(bytes.subarray(from, from + size))) read.push([kind, Buffer.from(body)])
    }
    assert.deepEqual(read, someFrames, `in pieces of ${size} bytes`)
  }
})

test('a frame that is too large, or none, is refused by its header, before there is more of it', () => {
  const bytes = written()
  assert.throws(() => [...new FrameReader(500).take(bytes)], /no frame: kind 3, 1005 bytes/)
  for (const garbage of ['GET / HTTP/1.1\r\n', '\0\0\0\0\0\0\0\0', '\u00ff'.repeat(16)]) {
    assert.throws(() => [...new FrameReader(500).take(Buffer.from(garbage, 'latin1'))], /no frame/, JSON.stringify(garbage))
  }
})
