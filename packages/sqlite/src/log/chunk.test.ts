import type { NewRecord, RecordKind, StoredCommand } from '@millrace/core'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteWriter } from './bytes.ts'
import { ChunkReader, ChunkWriter } from './chunk.ts'
import { readCommands, readRecords, writeCommands, writeRecords } from './records.ts'

const kinds: readonly RecordKind[] = [
  'event',
  'scheduled',
  'cancelled',
  'accepted',
  'rejected',
  'failed',
  'repeated',
  'owned',
  'parked',
  'reacted',
]
const texts = ['', 'a', 'show-1', 'ü', '日本語', '🎭', '\ud83c', 'x'.repeat(300), '{"a":"\\u0000"}', '\u0000']

/** Numbers that are the same for the same seed. */
function createRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function encode(table: 'commands' | 'events', first: number, write: (chunk: ChunkWriter) => number): Uint8Array {
  const output = new ByteWriter(16)
  const chunk = new ChunkWriter()
  const count = write(chunk)
  chunk.finish(output, table, { partition: 3, first, count })
  return Uint8Array.from(output.bytes.subarray(0, output.length))
}

function open(bytes: Uint8Array, table: 'commands' | 'events'): ChunkReader {
  const chunk = ChunkReader.open(bytes, table, 3)
  if (typeof chunk === 'string') throw new Error(chunk)
  return chunk
}

test('records come back as they were written, whatever they hold', () => {
  for (let seed = 0; seed < 200; seed++) {
    const random = createRandom(seed)
    const text = (): string => texts[random(seed % 2 === 0 ? 3 : texts.length)] ?? ''
    const records: NewRecord[] = []
    for (let count = 1 + random(40); records.length < count;) {
      const before = random(2) === 0 ? records.at(-1) : undefined
      records.push({
        kind: kinds[random(8)] ?? 'event',
        type: text(),
        key: text(),
        timeMs: [before?.timeMs ?? 0, random(2 ** 31), 1_700_000_000_000 + random(9), 1_700_000_000_000.125, 2 ** 53 - 1][random(5)] ?? 0,
        data: text(),
        commandId: before?.commandId ?? text(),
        index: before === undefined ? random(3) : before.index + 1,
        commandOffset: before?.commandOffset ?? [-1, 0, random(2 ** 31), 2 ** 51][random(4)] ?? 0,
        fingerprint: before?.fingerprint ?? [0, 2 ** 32 - 1, -1.5, 2 ** 53 - 1][random(4)] ?? 0,
        traceparent: before === undefined ? [undefined, text()][random(2)] : before.traceparent,
      })
    }
    const first = [0, 1, 2 ** 40][random(3)] ?? 0
    const bytes = encode('events', first, (chunk) => {
      writeRecords(chunk, records)
      return records.length
    })
    const chunk = open(bytes, 'events')
    const found: NewRecord[] = []
    readRecords(chunk, found)
    assert.deepEqual(found, records)
    assert.equal(chunk.first, first)
    assert.ok(chunk.isDone)
  }
})

test('commands come back as they were written', () => {
  const commands: StoredCommand[] = texts.map((text, index) => ({
    offset: 7 + index,
    id: text,
    type: text,
    key: text,
    timeMs: 1_700_000_000_000 - index * 0.5,
    data: text,
    traceparent: index % 2 === 0 ? undefined : text,
  }))
  const bytes = encode('commands', 7, (chunk) => {
    writeCommands(chunk, commands)
    return commands.length
  })
  const chunk = open(bytes, 'commands')
  const found: StoredCommand[] = []
  readCommands(chunk, found)
  assert.deepEqual(found, commands)
  assert.ok(chunk.isDone)
})

test('a chunk of which any one byte changed is refused', () => {
  const record: NewRecord = {
    kind: 'event',
    type: 't',
    key: 'k',
    timeMs: 1,
    data: '{"a":1}',
    commandId: 'c',
    index: 0,
    commandOffset: 0,
    fingerprint: 1,
  }
  const bytes = encode('events', 0, (chunk) => {
    writeRecords(chunk, [record])
    return 1
  })
  for (let at = 0; at < bytes.length; at++) {
    const changed = Uint8Array.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 0x10
    assert.equal(typeof ChunkReader.open(changed, 'events', 3), 'string')
  }
  for (let length = 0; length < bytes.length; length++) assert.equal(typeof ChunkReader.open(bytes.slice(0, length), 'events', 3), 'string')
})

test('what a chunk of today looks like stays readable', () => {
  // Written by the first release. Never change it: logs out there look like this.
  const stored = Buffer.from(GOLDEN, 'base64')
  const found: NewRecord[] = []
  readRecords(open(stored, 'events'), found)
  assert.deepEqual(found, golden)
  const bytes = encode('events', 41, (chunk) => {
    writeRecords(chunk, golden)
    return golden.length
  })
  assert.equal(Buffer.from(bytes).toString('base64'), GOLDEN)
})

const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
const golden: readonly NewRecord[] = [
  {
    kind: 'event',
    type: 'SeatsHeld',
    key: 'show-1',
    timeMs: 1_700_000_000_000,
    data: '{"seats":["A-1"]}',
    commandId: 'c-1',
    index: 0,
    commandOffset: 12,
    fingerprint: 99,
    traceparent: trace,
  },
  {
    kind: 'scheduled',
    type: 'ExpireHold',
    key: 'show-1',
    timeMs: 1_700_000_000_000,
    data: '{}',
    commandId: 'c-1',
    index: 1,
    commandOffset: 12,
    fingerprint: 99,
    traceparent: trace,
  },
  {
    kind: 'rejected',
    type: 'HoldSeats',
    key: 'show-ü',
    timeMs: 1_700_000_000_250,
    data: '{"code":"seat-taken","details":{}}',
    commandId: 'c-2',
    index: 0,
    commandOffset: 13,
    fingerprint: 7,
    traceparent: undefined,
  },
]
const GOLDEN =
  '9pt8SwIBUk0DAAAAAwAAAAAAAAAAgERANQAAAGYAAAA1AAAAAQAAACAACQAGAQAAgFb+vHhCEQADGAAAAAAAwFhANzEACgIAAgEEAAkABvwBIgADAgAAAAAAABxAU2VhdHNIZWxkc2hvdy0xYy0xMDAtNGJmOTJmMzU3N2IzNGRhNmEzY2U5MjlkMGUwZTQ3MzYtMDBmMDY3YWEwYmE5MDJiNy0wMUV4cGlyZUhvbGRIb2xkU2VhdHNzaG93LcO8Yy0yeyJzZWF0cyI6WyJBLTEiXX17fXsiY29kZSI6InNlYXQtdGFrZW4iLCJkZXRhaWxzIjp7fX0='
