import type { NewRecord, RecordKind, StoredCommand } from '@millrace/core'
import type { ChunkReader, ChunkWriter } from './chunk.ts'

// Stored for ever: kinds are only added, at the end.
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
const kindNumbers = new Map<RecordKind, number>(kinds.map((kind, number) => [kind, number]))

/** Flags beside the kind (its low four bits). */
const SAME_COMMAND = 0x10
const TRACED = 0x20

/** The most that the numbers of one record take. */
const MAX_NUMBER_BYTES = 96

/** Time: 0 is the one before it, n > 1 is n - 2 whole milliseconds later (up to 24 days), 1 is any other, which follows. */
function writeTime({ numbers }: ChunkWriter, timeMs: number, before: number): void {
  const delta = timeMs - before
  if (delta === 0) return numbers.varint(0)
  if (Number.isInteger(delta) && delta > 0 && delta < 0x8000_0000 && before + delta === timeMs) return numbers.varint(delta + 2)
  numbers.varint(1)
  numbers.float64(timeMs)
}

function readTime({ numbers }: ChunkReader, before: number): number {
  const coded = numbers.varint()
  return coded === 1 ? numbers.float64() : coded === 0 ? before : before + (coded - 2)
}

export function writeCommands(chunk: ChunkWriter, commands: readonly StoredCommand[]): void {
  const { numbers } = chunk
  let time = 0
  for (const command of commands) {
    numbers.reserve(MAX_NUMBER_BYTES)
    chunk.name(command.id)
    chunk.repeatedName(command.type)
    chunk.repeatedName(command.key)
    writeTime(chunk, command.timeMs, time)
    chunk.data(command.data)
    numbers.varint(command.traceparent === undefined ? 0 : 1)
    if (command.traceparent !== undefined) chunk.name(command.traceparent)
    time = command.timeMs
  }
}

export function readCommands(chunk: ChunkReader, commands: StoredCommand[]): void {
  let timeMs = 0
  for (let index = 0; index < chunk.count; index++) {
    const id = chunk.name()
    const type = chunk.repeatedName()
    const key = chunk.repeatedName()
    timeMs = readTime(chunk, timeMs)
    const data = chunk.data()
    const traceparent = chunk.numbers.byte() === 1 ? chunk.name() : undefined
    commands.push({ offset: chunk.first + index, id, type, key, timeMs, data, traceparent })
  }
}

export function writeRecords(chunk: ChunkWriter, records: readonly NewRecord[]): void {
  const { numbers } = chunk
  let time = 0
  let before: NewRecord | undefined
  for (const record of records) {
    numbers.reserve(MAX_NUMBER_BYTES)
    const isSame = before !== undefined && isSameCommand(record, before)
    const kind = kindNumbers.get(record.kind) ?? 0x0f
    numbers.bytes[numbers.length++] = kind | (isSame ? SAME_COMMAND : 0) | (record.traceparent === undefined ? 0 : TRACED)
    chunk.repeatedName(record.type)
    chunk.repeatedName(record.key)
    writeTime(chunk, record.timeMs, time)
    chunk.data(record.data)
    numbers.varint(record.index)
    if (!isSame) {
      chunk.name(record.commandId)
      writeOffset(chunk, record.commandOffset, before?.commandOffset ?? 0)
      numbers.float64(record.fingerprint)
      if (record.traceparent !== undefined) chunk.name(record.traceparent)
    }
    time = record.timeMs
    before = record
  }
}

const isSameCommand = (one: NewRecord, other: NewRecord): boolean =>
  one.commandId === other.commandId &&
  one.commandOffset === other.commandOffset &&
  one.fingerprint === other.fingerprint &&
  one.traceparent === other.traceparent

/** As the difference from the one before, with its sign in the lowest bit. Exact up to offset 2^51. */
function writeOffset({ numbers }: ChunkWriter, offset: number, before: number): void {
  const delta = offset - before
  numbers.varint(delta >= 0 ? delta * 2 : -delta * 2 - 1)
}

export function readRecords(chunk: ChunkReader, records: NewRecord[]): void {
  const { numbers } = chunk
  let timeMs = 0
  let commandId = ''
  let commandOffset = 0
  let fingerprint = 0
  let traceparent: string | undefined
  for (let count = 0; count < chunk.count; count++) {
    const flags = numbers.byte()
    const kind = kinds[flags & 0x0f]
    if (kind === undefined) return // then the chunk is not done: damaged, or written by a newer release
    const type = chunk.repeatedName()
    const key = chunk.repeatedName()
    timeMs = readTime(chunk, timeMs)
    const data = chunk.data()
    const index = numbers.varint()
    if ((flags & SAME_COMMAND) === 0) {
      commandId = chunk.name()
      const coded = numbers.varint()
      commandOffset += coded % 2 === 0 ? coded / 2 : -(coded + 1) / 2
      fingerprint = numbers.float64()
      traceparent = (flags & TRACED) === 0 ? undefined : chunk.name()
    }
    records.push({ kind, type, key, timeMs, data, commandId, index, commandOffset, fingerprint, traceparent })
  }
}
