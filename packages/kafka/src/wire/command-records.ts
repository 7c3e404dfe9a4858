/** What is on `<app>.commands`: CloudEvents, written by Millrace or by anybody else. */
import type { NewCommand, StoredCommand, UnreadableCommand } from '@millrace/core'
import { ByteWriter } from './byte-writer.ts'
import { encodedHeader, encodedName, Headers, InternedTexts, slots, TimeText } from './headers.ts'
import { beginBatch, finishBatch, type Producer, type RawBatch } from './record-batch.ts'

/** Bytes of data a command may have, whoever sends it. */
export const MAX_COMMAND_BYTES: number = 1024 * 1024
const STRUCTURED = 'application/cloudevents+json'

const name = {
  id: encodedName('id'),
  type: encodedName('type'),
  subject: encodedName('subject'),
  time: encodedName('time'),
  traceparent: encodedName('traceparent'),
}

/** Writes commands as batches. One for each topic: it keeps its buffer. */
export class CommandEncoder {
  readonly #writer = new ByteWriter()
  readonly #constant: Buffer
  readonly #time = new TimeText()

  constructor(app: string) {
    this.#constant = Buffer.concat([
      encodedHeader('contentType', 'application/json'),
      encodedHeader('specVersion', '1.0'),
      encodedHeader('source', `/${app}`),
      encodedHeader('checked', 'true'),
    ])
  }

  encode(commands: readonly NewCommand[], producer: Producer, sequence: number): Buffer {
    const writer = this.#writer
    beginBatch(writer)
    const firstMs = Math.trunc(commands[0]!.timeMs)
    let lastMs = firstMs
    for (const [at, { id, type, key, timeMs, data, traceparent }] of commands.entries()) {
      const expected = 2 * key.length + id.length + data.length + 200
      const start = writer.open(expected)
      writer.reserve(expected + 64)
      writer.bytes[writer.at++] = 0
      writer.varint(Math.trunc(timeMs) - firstMs)
      writer.varint(at)
      writer.text(key)
      writer.text(data)
      writer.varint(traceparent === undefined ? 8 : 9)
      writer.append(this.#constant)
      writer.append(name.id)
      writer.text(id)
      writer.append(name.type)
      writer.text(type)
      writer.append(name.time)
      writer.text(this.#time.of(timeMs))
      writer.append(name.subject)
      writer.text(key)
      if (traceparent !== undefined) {
        writer.append(name.traceparent)
        writer.text(traceparent)
      }
      writer.close(start, expected)
      if (timeMs > lastMs) lastMs = Math.trunc(timeMs)
    }
    return finishBatch(writer, { producer, sequence, count: commands.length, firstMs, lastMs })
  }
}

/** Reads batches back, whoever wrote them. */
export class CommandDecoder {
  readonly #headers = new Headers()
  readonly #types = new InternedTexts()

  decode(batch: RawBatch): readonly (StoredCommand | UnreadableCommand)[] {
    const { records: open, count, first, firstMs, isControl } = batch
    const commands: (StoredCommand | UnreadableCommand)[] = []
    // Takes its offsets, as all that lies here, so that the position goes on.
    const unreadable = (at: number, timeMs: number, why: string): void => {
      commands.push({ offset: first + at, timeMs, unreadable: why })
    }
    // The end of another client's transaction: its records are commands, this is none.
    if (isControl) return commands
    const headers = this.#headers
    let timeMs = Math.max(0, firstMs)
    try {
      const reader = open()
      for (let at = 0; at < count; at++) {
        const length = reader.varint()
        const end = reader.at + length
        reader.skip(1)
        timeMs = Math.max(0, firstMs + reader.varint())
        reader.varint()
        const keyLength = reader.varint()
        const keyAt = keyLength < 0 ? -1 : reader.skip(keyLength)
        const dataLength = reader.varint()
        const dataAt = dataLength < 0 ? -1 : reader.skip(dataLength)
        headers.read(reader)
        reader.at = end
        if (dataAt < 0) unreadable(at, timeMs, 'it has no value')
        else if (dataLength > MAX_COMMAND_BYTES)
          unreadable(at, timeMs, `its data takes ${dataLength} bytes; at most ${MAX_COMMAND_BYTES} are taken`)
        else {
          const key = keyAt < 0 ? undefined : reader.bytes.toString('utf8', keyAt, keyAt + keyLength)
          const data = reader.bytes.toString('utf8', dataAt, dataAt + dataLength)
          const read = this.#read(first + at, timeMs, key, data)
          if (typeof read === 'string') unreadable(at, timeMs, read)
          else commands.push(read)
        }
      }
    } catch (error) {
      // Compressed in a way that is not known, or garbage in a valid frame: the offsets of the whole batch are passed over.
      unreadable(batch.next - first - 1, timeMs, `its record batch cannot be read: ${String(error)}`)
    }
    return commands
  }

  /** The command, or why it is none. */
  #read(offset: number, timeMs: number, key: string | undefined, data: string): StoredCommand | string {
    const headers = this.#headers
    if (!headers.has(slots.specVersion)) {
      return headers.text(slots.contentType)?.startsWith(STRUCTURED) === true
        ? readStructured(offset, timeMs, key, data)
        : 'it is no CloudEvent: it has no header ce_specversion'
    }
    const id = headers.text(slots.id)
    if (id === undefined || id === '') return 'it has no id (header ce_id)'
    const type = headers.interned(slots.type, this.#types)
    if (type === undefined || type === '') return 'it has no type (header ce_type)'
    if (headers.has(slots.checked) && key !== undefined)
      return { offset, id, type, key, timeMs, data, traceparent: headers.text(slots.traceparent) }
    const wrong = whyNoKey(key, headers.text(slots.subject))
    return wrong ?? { offset, id, type, key: key!, timeMs, data, traceparent: headers.text(slots.traceparent), isForeign: true }
  }
}

function whyNoKey(key: string | undefined, subject: string | undefined): string | undefined {
  if (key === undefined) return "it has no record key; expected the aggregate's key"
  return subject !== undefined && subject !== key ? 'its record key and its ce_subject are not the same' : undefined
}

/** A CloudEvent whose attributes are in the value too. */
function readStructured(offset: number, timeMs: number, key: string | undefined, text: string): StoredCommand | string {
  let event: unknown
  try {
    event = JSON.parse(text)
  } catch {
    return 'its value is no JSON'
  }
  if (typeof event !== 'object' || event === null) return 'its value is no CloudEvent'
  const { specversion, id, type, subject, data, traceparent } = event as Readonly<Record<string, unknown>>
  if (specversion !== '1.0') return 'it is no CloudEvent 1.0: its specversion is missing or another'
  if (typeof id !== 'string' || id === '') return 'it has no id'
  if (typeof type !== 'string' || type === '') return 'it has no type'
  if (data === undefined) return 'it has no data'
  const trace = typeof traceparent === 'string' ? traceparent : undefined
  const wrong = whyNoKey(key, typeof subject === 'string' ? subject : undefined)
  return wrong ?? { offset, id, type, key: key!, timeMs, data: JSON.stringify(data), traceparent: trace, isForeign: true }
}
