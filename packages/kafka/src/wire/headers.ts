/**
 * The headers of a record: CloudEvents 1.0 in Kafka's binary mode, so that any client in any language reads them.
 * Source: the CloudEvents Kafka protocol binding, section 3.2. Read in any order; unknown ones are passed over.
 */
import type { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'

const names = {
  contentType: 'content-type',
  specVersion: 'ce_specversion',
  id: 'ce_id',
  source: 'ce_source',
  type: 'ce_type',
  subject: 'ce_subject',
  time: 'ce_time',
  /** The command an event answers. */
  causationId: 'ce_causationid',
  traceparent: 'ce_traceparent',
  /** The offset in `commands` of the command an event answers. */
  commandOffset: 'ce_commandoffset',
  /** A hash of that command's type and data. */
  fingerprint: 'ce_fingerprint',
  /** On the first record of a batch: the offset of its writer's marker. */
  owner: 'ce_owner',
  /** On a command that a Millrace process has checked and completed by the app's schema. */
  checked: 'ce_checked',
} as const

export type HeaderName = keyof typeof names

const headerNames = Object.keys(names) as HeaderName[]
const nameBytes = headerNames.map((name) => Buffer.from(names[name]))

/** The slots of the names of each length: few, so that looking one up is a comparison or two. */
const slotsByLength: readonly (readonly number[])[] = Array.from({ length: 32 }, (_, length) =>
  nameBytes.flatMap((bytes, slot) => (bytes.length === length ? [slot] : [])),
)

/** Where the values of one record's headers lie. Used again for every record. */
export class Headers {
  readonly #starts = new Int32Array(headerNames.length)
  readonly #lengths = new Int32Array(headerNames.length)
  #bytes: Buffer = Buffer.alloc(0)

  /** Reads the headers of a record. */
  read(reader: ByteReader): void {
    const { bytes } = reader
    this.#bytes = bytes
    this.#lengths.fill(-1)
    const count = reader.varint()
    for (let header = 0; header < count; header++) {
      const nameLength = reader.varint()
      const name = reader.skip(nameLength)
      const length = reader.varint()
      const start = length < 0 ? reader.at : reader.skip(length)
      const slot = slotOf(bytes, name, nameLength)
      if (slot < 0) continue
      this.#starts[slot] = start
      this.#lengths[slot] = length
    }
  }

  has(name: HeaderSlot): boolean {
    return this.#lengths[name]! >= 0
  }

  /** The value, or undefined where the header is missing or null. */
  text(name: HeaderSlot): string | undefined {
    const length = this.#lengths[name]!
    if (length < 0) return undefined
    const start = this.#starts[name]!
    return this.#bytes.toString('utf8', start, start + length)
  }

  /** As `text`, but one and the same string for the same few values. */
  interned(name: HeaderSlot, texts: InternedTexts): string | undefined {
    const length = this.#lengths[name]!
    return length < 0 ? undefined : texts.get(this.#bytes, this.#starts[name]!, length)
  }

  /** A whole number from 0, or -1 where it is missing or no such number. `after`: passes over so many bytes first. */
  number(name: HeaderSlot, after = 0): number {
    const length = this.#lengths[name]!
    if (length <= after || length > after + 15) return -1
    const start = this.#starts[name]! + after
    let value = 0
    for (let at = start; at < start + length - after; at++) {
      const digit = this.#bytes[at]! - 0x30
      if (digit < 0 || digit > 9) return -1
      value = value * 10 + digit
    }
    return value
  }

  /** Bytes of the value, -1 where it is missing. */
  length(name: HeaderSlot): number {
    return this.#lengths[name]!
  }
}

declare const slot: unique symbol
/** A name as `Headers` knows it. */
export type HeaderSlot = number & { readonly [slot]: true }

export const slots: Readonly<Record<HeaderName, HeaderSlot>> = Object.fromEntries(
  headerNames.map((name, at) => [name, at]),
) as unknown as Readonly<Record<HeaderName, HeaderSlot>>

function slotOf(bytes: Buffer, start: number, length: number): number {
  for (const candidate of slotsByLength[length] ?? []) {
    const name = nameBytes[candidate]!
    // From the end: names of one length begin alike.
    let at = length - 1
    while (at >= 0 && bytes[start + at] === name[at]) at--
    if (at < 0) return candidate
  }
  return -1
}

/** Texts that come again and again, such as types: decoded once, found by their bytes. */
export class InternedTexts {
  readonly #known: { readonly bytes: Buffer; readonly text: string }[] = []

  get(bytes: Buffer, start: number, length: number): string {
    for (const { bytes: known, text } of this.#known) {
      if (known.length !== length) continue
      let at = length - 1
      while (at >= 0 && bytes[start + at] === known[at]) at--
      if (at < 0) return text
    }
    const text = bytes.toString('utf8', start, start + length)
    if (this.#known.length < 64) this.#known.push({ bytes: Buffer.from(bytes.subarray(start, start + length)), text })
    return text
  }
}

/** A header's name as it stands on the wire, for writers. */
export function encodedName(name: HeaderName): Buffer {
  const writer = new ByteWriter(64)
  writer.text(names[name])
  return writer.bytes.subarray(0, writer.at)
}

/** A whole header whose value is always the same. */
export function encodedHeader(name: HeaderName, value: string): Buffer {
  const writer = new ByteWriter(128)
  writer.text(names[name])
  writer.text(value)
  return writer.bytes.subarray(0, writer.at)
}

/** RFC 3339 of a time, kept for the next record of the same millisecond. */
export class TimeText {
  #timeMs = Number.NaN
  #text = ''

  of(timeMs: number): string {
    if (timeMs !== this.#timeMs) {
      this.#timeMs = timeMs
      this.#text = new Date(timeMs).toISOString()
    }
    return this.#text
  }
}
