/** What is on `<app>.events`: every record a CloudEvent, every batch with the name of its owner. */
import type { NewRecord, RecordKind } from '@millrace/core'
import { ByteWriter } from './byte-writer.ts'
import { encodedHeader, encodedName, Headers, InternedTexts, slots, TimeText } from './headers.ts'
import { beginBatch, finishBatch, type Producer, type RawBatch } from './record-batch.ts'

/** What is no event has a type of this kind: `millrace.rejected.HoldSeats`. Whoever wants events passes over them. */
const RESERVED = 'millrace.'
const MARKER = `${RESERVED}owned`

const name = {
  id: encodedName('id'),
  type: encodedName('type'),
  subject: encodedName('subject'),
  time: encodedName('time'),
  causationId: encodedName('causationId'),
  traceparent: encodedName('traceparent'),
  commandOffset: encodedName('commandOffset'),
  fingerprint: encodedName('fingerprint'),
  owner: encodedName('owner'),
}

export interface EncodeEventsOptions {
  readonly producer: Producer
  readonly sequence: number
  /** The offset of the writer's marker. Undefined for the marker itself. */
  readonly owner: number | undefined
  /** Bytes a batch may have. */
  readonly maxBytes: number
}

/** Writes records as batches. One for each topic: it keeps its buffer. */
export class EventEncoder {
  readonly #writer = new ByteWriter()
  readonly #constant: Buffer
  readonly #time = new TimeText()
  readonly #types = new Map<RecordKind, Map<string, string>>()

  constructor(app: string) {
    this.#constant = Buffer.concat([
      encodedHeader('contentType', 'application/json'),
      encodedHeader('specVersion', '1.0'),
      encodedHeader('source', `/${app}`),
    ])
  }

  /**
   * One batch of `records` from index `from` on: of all, or of as many whole commands as `maxBytes` allows. Throws a
   * `RangeError` where not even one fits.
   */
  encode(records: readonly NewRecord[], from: number, options: EncodeEventsOptions): { readonly bytes: Buffer; readonly count: number } {
    const writer = this.#writer
    const firstMs = Math.trunc(records[from]!.timeMs)
    beginBatch(writer)
    let at = from
    let lastMs = firstMs
    let whole = { at: from, bytes: writer.at, lastMs }
    for (; at < records.length; at++) {
      const record = records[at]!
      if (record.index === 0) whole = { at, bytes: writer.at, lastMs }
      this.#write(record, at - from, firstMs, at === from ? options.owner : undefined)
      if (record.timeMs > lastMs) lastMs = Math.trunc(record.timeMs)
      if (writer.at > options.maxBytes) {
        if (whole.at === from) throw new RangeError(`the records of one command take more than the ${options.maxBytes} bytes of a batch`)
        at = whole.at
        writer.at = whole.bytes
        lastMs = whole.lastMs
        break
      }
    }
    const count = at - from
    return { bytes: finishBatch(writer, { ...options, count, firstMs, lastMs }), count }
  }

  #write(record: NewRecord, offsetDelta: number, firstMs: number, owner: number | undefined): void {
    const writer = this.#writer
    const { kind, key, timeMs, data, commandId, index, commandOffset, traceparent } = record
    const isMarker = kind === 'owned'
    const expected = 2 * key.length + 2 * commandId.length + data.length + 300
    const start = writer.open(expected)
    writer.reserve(expected + 64)
    writer.bytes[writer.at++] = 0
    writer.varint(Math.trunc(timeMs) - firstMs)
    writer.varint(offsetDelta)
    writer.text(key)
    writer.text(data)
    writer.varint(6 + (isMarker ? 0 : 3) + (key === '' ? 0 : 1) + (owner === undefined ? 0 : 1) + (traceparent === undefined ? 0 : 1))
    writer.append(this.#constant)
    writer.append(name.id)
    writer.text(isMarker ? `owned.${crypto.randomUUID()}` : `${commandId}.${index}`)
    writer.append(name.type)
    writer.text(this.#typeOf(record))
    writer.append(name.time)
    writer.text(this.#time.of(timeMs))
    if (key !== '') {
      writer.append(name.subject)
      writer.text(key)
    }
    if (!isMarker) {
      writer.append(name.causationId)
      writer.text(commandId)
      writer.append(name.commandOffset)
      writer.text(String(commandOffset))
      writer.append(name.fingerprint)
      writer.text(String(record.fingerprint))
    }
    if (owner !== undefined) {
      writer.append(name.owner)
      writer.text(String(owner))
    }
    if (traceparent !== undefined) {
      writer.append(name.traceparent)
      writer.text(traceparent)
    }
    writer.close(start, expected)
  }

  #typeOf({ kind, type }: NewRecord): string {
    if (kind === 'event') return type
    if (kind === 'owned') return MARKER
    let ofKind = this.#types.get(kind)
    if (ofKind === undefined) this.#types.set(kind, (ofKind = new Map<string, string>()))
    let text = ofKind.get(type)
    if (text === undefined) {
      text = `${RESERVED}${kind}${type === '' ? '' : `.${type}`}`
      if (ofKind.size < 1_000) ofKind.set(type, text)
    }
    return text
  }
}

export interface DecodedEvents {
  readonly records: readonly NewRecord[]
  /** The offset of its owner's marker: its own where it is one. */
  readonly owner: number
}

/** Reads batches back. */
export class EventDecoder {
  readonly #headers = new Headers()
  readonly #types = new InternedTexts()
  readonly #kinds = new Map<string, { readonly kind: RecordKind; readonly type: string }>()

  /** Undefined where the batch was written by somebody who is no owner: such a batch says nothing. */
  decode({ records: open, count, first, firstMs, isControl }: RawBatch): DecodedEvents | undefined {
    if (isControl) return undefined
    const headers = this.#headers
    const records: NewRecord[] = new Array<NewRecord>(count)
    let owner = -1
    try {
      const reader = open()
      for (let at = 0; at < count; at++) {
        const length = reader.varint()
        const end = reader.at + length
        reader.skip(1)
        const timeMs = firstMs + reader.varint()
        reader.varint()
        const keyLength = reader.varint()
        const key = keyLength < 0 ? '' : reader.utf8(keyLength)
        const dataLength = reader.varint()
        const data = dataLength < 0 ? '' : reader.utf8(dataLength)
        headers.read(reader)
        reader.at = end
        const text = headers.interned(slots.type, this.#types)
        if (text === undefined) return undefined
        const { kind, type } = this.#kindOf(text)
        if (at === 0) owner = kind === 'owned' ? first : headers.number(slots.owner)
        records[at] = {
          kind,
          type,
          key,
          timeMs,
          data,
          commandId: headers.text(slots.causationId) ?? '',
          index: kind === 'owned' ? 0 : headers.number(slots.id, headers.length(slots.causationId) + 1),
          commandOffset: headers.number(slots.commandOffset),
          fingerprint: Math.max(0, headers.number(slots.fingerprint)),
          traceparent: headers.text(slots.traceparent),
        }
      }
    } catch {
      return undefined
    }
    return owner < 0 ? undefined : { records, owner }
  }

  #kindOf(text: string): { readonly kind: RecordKind; readonly type: string } {
    let known = this.#kinds.get(text)
    if (known === undefined) {
      const [, kind = '', type = kind === 'owned' ? kind : ''] = text.startsWith(RESERVED)
        ? (/^millrace\.([a-z]+)(?:\.(.*))?$/s.exec(text) ?? [])
        : []
      known = kind === '' ? { kind: 'event', type: text } : { kind: kind as RecordKind, type }
      if (this.#kinds.size < 1_000) this.#kinds.set(text, known)
    }
    return known
  }
}
