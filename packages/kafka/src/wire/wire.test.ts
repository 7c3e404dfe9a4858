import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NewRecord, RecordKind } from '@millrace/core'
import { compressionsAlgorithmsByBitmask, crc32c } from '@platformatic/kafka'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { CommandDecoder, CommandEncoder } from './command-records.ts'
import { EventDecoder, EventEncoder } from './event-records.ts'
import { BATCH_HEADER_BYTES, beginBatch, finishBatch, readBatches, type RawBatch } from './record-batch.ts'

const producer = { id: 4_000n, epoch: 3 }
const record = (commandId: string, more: Partial<NewRecord> = {}): NewRecord => ({
  kind: 'event',
  type: 'SeatsHeld',
  key: `key of ${commandId}`,
  timeMs: 1_700_000_000_000,
  data: '{"seats":["A-1"]}',
  commandId,
  index: 0,
  commandOffset: 41,
  fingerprint: 0xffff_fffe,
  traceparent: undefined,
  ...more,
})
const read = (bytes: Buffer, from = 0): RawBatch[] => [...readBatches(bytes, from, 'partition 0 of shop.events')]
const encodeEvents = (records: readonly NewRecord[], maxBytes = 1_000_000): Buffer =>
  new EventEncoder('shop').encode(records, 0, { producer, sequence: 7, owner: 12, maxBytes }).bytes

test('varints of every size come back as they were', () => {
  const values = [0, 1, -1, 63, 64, -64, -65, 8_191, 8_192, 2 ** 27, 2 ** 31, -(2 ** 31), 2 ** 40, -(2 ** 40), Number.MAX_SAFE_INTEGER >> 1]
  const writer = new ByteWriter(8)
  for (const value of values) {
    writer.reserve(10)
    writer.varint(value)
  }
  const reader = new ByteReader(writer.bytes, 0, writer.at)
  assert.deepEqual(
    values.map(() => reader.varint()),
    values,
  )
  assert.throws(() => reader.varint(), RangeError)
})

test('texts come back as they were, whatever their length in bytes, and a buffer that is too small grows', () => {
  const texts = [
    '',
    'a',
    'é',
    '座席',
    '🎟️'.repeat(20),
    'x'.repeat(63),
    'x'.repeat(64),
    'é'.repeat(40),
    'é'.repeat(5_000),
    'x'.repeat(9_000),
    '\u0000',
  ]
  const writer = new ByteWriter(4)
  for (const text of texts) writer.text(text)
  const reader = new ByteReader(writer.bytes, 0, writer.at)
  assert.deepEqual(
    texts.map(() => reader.utf8(reader.varint())),
    texts,
  )
})

test('a length is mended where it was guessed wrong', () => {
  for (const [expected, real] of [
    [10, 5_000],
    [9_000, 3],
    [100, 100],
  ] as const) {
    const writer = new ByteWriter(4)
    const start = writer.open(expected)
    writer.append(Buffer.alloc(real, 7))
    writer.close(start, expected)
    const reader = new ByteReader(writer.bytes, 0, writer.at)
    assert.equal(reader.varint(), real)
    assert.equal(reader.end - reader.at, real)
    assert.ok(writer.bytes.subarray(reader.at, writer.at).every((byte) => byte === 7))
  }
})

test('events of every kind come back as they were, with the owner of their batch', () => {
  const kinds: readonly RecordKind[] = [
    'event',
    'scheduled',
    'cancelled',
    'accepted',
    'rejected',
    'failed',
    'repeated',
    'parked',
    'reacted',
  ]
  const records = kinds.map((kind, at) =>
    record(`c.${at}.é`, {
      kind,
      type: kind === 'parked' ? '' : 'Hold.Seats',
      timeMs: 1_700_000_000_000 + at,
      index: 0,
      commandOffset: at - 1,
      key: at === 3 ? '' : `k${at}`,
    }),
  )
  const [batch, ...others] = read(encodeEvents(records))
  assert.equal(others.length, 0)
  const decoded = new EventDecoder().decode(batch!)
  assert.equal(decoded?.owner, 12)
  assert.deepEqual(decoded.records, records)
})

test('a marker comes back as one, and its own offset is its owner', () => {
  const marker = record('', { kind: 'owned', type: 'owned', key: '', commandOffset: -1, fingerprint: 0, data: '{"epoch":5}' })
  const { bytes } = new EventEncoder('shop').encode([marker], 0, { producer, sequence: 0, owner: undefined, maxBytes: 1_000 })
  bytes.writeBigInt64BE(77n, 0) // as the broker does
  const decoded = new EventDecoder().decode(read(bytes)[0]!)
  assert.equal(decoded?.owner, 77)
  assert.deepEqual(decoded.records, [marker])
})

test('a batch is cut between two commands, never inside one, and what does not fit at all is refused', () => {
  const records = Array.from({ length: 30 }, (_, at) =>
    record(`c${Math.floor(at / 3)}`, { index: at % 3, data: JSON.stringify('x'.repeat(100)) }),
  )
  const encoder = new EventEncoder('shop')
  const cuts: number[] = []
  for (let from = 0; from < records.length;) {
    const { bytes, count } = encoder.encode(records, from, { producer, sequence: from, owner: 1, maxBytes: 4_000 })
    assert.ok(bytes.length <= 4_000, `${bytes.length} bytes`)
    assert.deepEqual(new EventDecoder().decode(read(bytes)[0]!)?.records, records.slice(from, from + count))
    from += count
    cuts.push(from)
  }
  assert.ok(cuts.length > 2)
  for (const cut of cuts) assert.equal(cut % 3, 0)
  assert.throws(() => encoder.encode(records, 0, { producer, sequence: 0, owner: 1, maxBytes: 600 }), RangeError)
})

test('what others write to events says nothing: no owner, no type, garbage', () => {
  const writer = new ByteWriter()
  beginBatch(writer)
  const start = writer.open(10)
  writer.append(Buffer.from([0, 0, 0]))
  writer.text('key')
  writer.text('{}')
  writer.varint(0)
  writer.close(start, 10)
  const plain = finishBatch(writer, { producer, sequence: 0, count: 1, firstMs: 5, lastMs: 5 })
  assert.equal(new EventDecoder().decode(read(plain)[0]!), undefined)
  const lying = finishBatch(writer, { producer, sequence: 0, count: 900, firstMs: 5, lastMs: 5 })
  assert.equal(new EventDecoder().decode(read(lying)[0]!), undefined)
})

test('a batch with one wrong bit is damage, one that is cut off is not there yet', () => {
  const bytes = encodeEvents([record('a'), record('b')])
  for (const at of [BATCH_HEADER_BYTES + 3, 30, bytes.length - 1]) {
    const wrong = Buffer.from(bytes)
    wrong[at]! ^= 1
    assert.throws(() => read(wrong), { code: 'LOG_DAMAGED' })
  }
  assert.deepEqual(read(bytes.subarray(0, bytes.length - 1)), [])
  assert.equal(read(Buffer.concat([bytes, bytes.subarray(0, 80)])).length, 1)
})

test('batches before the wanted offset are passed over', () => {
  const batches = [0, 2, 4].map((first) => {
    const bytes = encodeEvents([record(`c${first}`), record(`c${first + 1}`)])
    bytes.writeBigInt64BE(BigInt(first), 0)
    return bytes
  })
  assert.deepEqual(
    read(Buffer.concat(batches), 3).map(({ first, next }) => [first, next]),
    [
      [2, 4],
      [4, 6],
    ],
  )
})

const command = {
  id: 'c 1',
  type: 'HoldSeats',
  key: 'show é',
  timeMs: 1_700_000_000_123,
  data: '{"seats":["A-1"]}',
  traceparent: undefined,
}

test('commands come back as they were, and as checked', () => {
  const commands = [command, { ...command, id: 'c 2', timeMs: command.timeMs - 5_000, traceparent: '00-ab-cd-01' }]
  const bytes = new CommandEncoder('shop').encode(commands, producer, 0)
  assert.deepEqual(
    new CommandDecoder().decode(read(bytes)[0]!),
    commands.map((each, offset) => ({ ...each, offset })),
  )
})

/** A record as another client would write it. */
function foreign(key: string | undefined, value: string | undefined, headers: Readonly<Record<string, string>>, compression = 0): Buffer {
  const writer = new ByteWriter()
  beginBatch(writer)
  const start = writer.open(100)
  writer.append(Buffer.from([0, 0, 0]))
  for (const text of [key, value]) {
    writer.reserve(10)
    if (text === undefined) writer.varint(-1)
    else writer.text(text)
  }
  writer.reserve(10)
  writer.varint(Object.keys(headers).length)
  for (const [name, text] of Object.entries(headers)) {
    writer.text(name)
    writer.text(text)
  }
  writer.close(start, 100)
  const end = { producer: { id: -1n, epoch: -1 }, sequence: -1, count: 1, firstMs: 9, lastMs: 9 }
  if (compression === 0) return finishBatch(writer, end)
  const records = compressionsAlgorithmsByBitmask[compression]!.compressSync(
    Buffer.from(writer.bytes.subarray(BATCH_HEADER_BYTES, writer.at)),
  )
  beginBatch(writer)
  writer.append(records)
  const bytes = finishBatch(writer, end)
  bytes.writeInt16BE(compression, 21)
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17)
  return bytes
}
const decodeForeign = (...[key, value, headers, compression]: Parameters<typeof foreign>): unknown =>
  new CommandDecoder().decode(read(foreign(key, value, headers, compression))[0]!)[0]
const attributes = { ce_specversion: '1.0', ce_id: 'x', ce_type: 'HoldSeats', ce_source: '/kcat' }

test('a command of another client is read from headers in any order, compressed or not, and is to be checked', () => {
  const expected = { offset: 0, id: 'x', type: 'HoldSeats', key: 'k', timeMs: 9, data: '{}', traceparent: undefined, isForeign: true }
  for (const compression of [0, 1, 2, 3, 4])
    assert.deepEqual(
      decodeForeign('k', '{}', { unknown: 'y', ce_type: 'HoldSeats', ce_id: 'x', ce_specversion: '1.0' }, compression),
      expected,
    )
})

test('a command in structured mode is read from its value', () => {
  const event = { specversion: '1.0', id: 'x', type: 'HoldSeats', source: '/kcat', data: { a: 1 } }
  assert.deepEqual(decodeForeign('k', JSON.stringify(event), { 'content-type': 'application/cloudevents+json; charset=utf-8' }), {
    offset: 0,
    id: 'x',
    type: 'HoldSeats',
    key: 'k',
    timeMs: 9,
    data: '{"a":1}',
    traceparent: undefined,
    isForeign: true,
  })
})

test('what is no command says why, and takes its offset', () => {
  const cases: readonly [string, unknown][] = [
    ['it has no value', decodeForeign('k', undefined, attributes)],
    ['it is no CloudEvent: it has no header ce_specversion', decodeForeign('k', '{}', {})],
    ['it has no id (header ce_id)', decodeForeign('k', '{}', { ...attributes, ce_id: '' })],
    ['it has no type (header ce_type)', decodeForeign('k', '{}', { ...attributes, ce_type: '' })],
    ["it has no record key; expected the aggregate's key", decodeForeign(undefined, '{}', attributes)],
    ['its record key and its ce_subject are not the same', decodeForeign('k', '{}', { ...attributes, ce_subject: 'other' })],
    ['its data takes 10000000 bytes; at most 1048576 are taken', decodeForeign('k', 'x'.repeat(10_000_000), attributes)],
    ['its value is no JSON', decodeForeign('k', '{', { 'content-type': 'application/cloudevents+json' })],
  ]
  for (const [unreadable, read] of cases) assert.deepEqual(read, { offset: 0, timeMs: 9, unreadable })
})
