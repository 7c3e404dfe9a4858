import { crc32 } from 'node:zlib'
import { ByteReader, ByteWriter } from './bytes.ts'

/**
 * A chunk is what one transaction added to one partition, as one value of the database. Little-endian:
 *
 *     0  u32  CRC-32 of all that follows       16  f64  offset of the first record    28  u32  bytes of names
 *     4  u32  magic: format and table          24  u32  bytes of numbers              32  u32  bytes of data
 *     8  u32  partition                                                               36  u8   encoding of names
 *    12  u32  count of records                                                        37  u8   encoding of data, then two zeros
 *    40  numbers, names, data
 *
 * `numbers` is one run of bytes, record after record; `names` the ids, types and keys, and `data` the JSON texts, each
 * as one text that is decoded at once and cut up by the lengths in `numbers`. They are apart because a substring keeps
 * its whole text alive: an id that is remembered for long must not hold on to data.
 */
const HEADER_BYTES = 40

/** "MR", format 1, and the table. Reads differently on a big-endian machine, which is thereby refused. */
export const magic = { commands: 0x4d52_0101, events: 0x4d52_0102 } as const

export type Table = keyof typeof magic

/** One transaction adds at most so much to a partition as one chunk (more where a single append is larger). */
export const MAX_CHUNK_CHARACTERS = 262_144

const encodings = ['latin1', 'utf8', 'utf16le'] as const

/** Gathers the records of one chunk, then writes it behind those before it. */
export class ChunkWriter {
  readonly numbers: ByteWriter = new ByteWriter(65_536)
  readonly #dictionary = new Map<string, number>()
  #names = ''
  #data = ''

  /** A name that is likely to come again: a type, a key. */
  repeatedName(name: string): void {
    const known = this.#dictionary.get(name)
    if (known !== undefined) return this.numbers.varint(known)
    this.#dictionary.set(name, this.#dictionary.size + 1)
    this.numbers.varint(0)
    this.name(name)
  }

  name(name: string): void {
    this.numbers.varint(name.length)
    this.#names += name
  }

  data(data: string): void {
    this.numbers.varint(data.length)
    this.#data += data
  }

  finish(output: ByteWriter, table: Table, { partition, first, count }: ChunkPlace): void {
    const start = output.length
    const { numbers } = this
    output.reserve(HEADER_BYTES + numbers.length)
    numbers.bytes.copy(output.bytes, start + HEADER_BYTES, 0, numbers.length)
    output.length += HEADER_BYTES + numbers.length
    const names = writeText(output, this.#names)
    const data = writeText(output, this.#data)
    const { bytes } = output
    bytes.writeUInt32LE(magic[table], start + 4)
    bytes.writeUInt32LE(partition, start + 8)
    bytes.writeUInt32LE(count, start + 12)
    bytes.writeDoubleLE(first, start + 16)
    bytes.writeUInt32LE(numbers.length, start + 24)
    bytes.writeUInt32LE(names.length, start + 28)
    bytes.writeUInt32LE(data.length, start + 32)
    bytes.writeUInt32LE(names.encoding | (data.encoding << 8), start + 36)
    bytes.writeUInt32LE(crc32(bytes.subarray(start + 4, output.length)), start)
    numbers.length = 0
    this.#dictionary.clear()
    this.#names = ''
    this.#data = ''
  }
}

export interface ChunkPlace {
  readonly partition: number
  readonly first: number
  readonly count: number
}

/** ASCII where it can be, else UTF-8, else (a lone surrogate) UTF-16: nothing is ever altered. */
function writeText(output: ByteWriter, text: string): { readonly length: number; readonly encoding: number } {
  const utf8Length = Buffer.byteLength(text, 'utf8')
  const encoding = utf8Length === text.length ? 0 : text.isWellFormed() ? 1 : 2
  const length = encoding === 2 ? text.length * 2 : utf8Length
  output.reserve(length)
  output.bytes.write(text, output.length, length, encodings[encoding])
  output.length += length
  return { length, encoding }
}

/** Where a chunk lies among others, and where it belongs. */
export interface PlacedChunk {
  readonly table: Table
  readonly partition: number
  readonly first: number
  readonly bytes: Buffer
}

/** The chunks that stand one behind the other in `group`, as they have just been written. */
export function* chunksIn(group: Buffer): Generator<PlacedChunk> {
  for (let at = 0; at < group.length;) {
    const header = group.subarray(at, at + HEADER_BYTES)
    const [numbers, names, data] = lengthsOf(header)
    const bytes = group.subarray(at, (at += HEADER_BYTES + numbers + names + data))
    const table = header.readUInt32LE(4) === magic.events ? 'events' : 'commands'
    yield { table, partition: header.readUInt32LE(8), first: header.readDoubleLE(16), bytes }
  }
}

/** Reads one chunk whose bytes have been checked. */
export class ChunkReader {
  readonly numbers: ByteReader
  readonly first: number
  readonly count: number
  readonly #dictionary: string[] = []
  readonly #names: string
  readonly #data: string
  readonly #numbersEnd: number
  #namesAt = 0
  #dataAt = 0

  private constructor(bytes: Buffer) {
    const [numbersLength, namesLength, dataLength] = lengthsOf(bytes)
    const namesStart = HEADER_BYTES + numbersLength
    const dataStart = namesStart + namesLength
    this.count = bytes.readUInt32LE(12)
    this.first = bytes.readDoubleLE(16)
    this.numbers = new ByteReader(bytes, HEADER_BYTES)
    this.#numbersEnd = namesStart
    this.#names = bytes.toString(encodings[bytes[36] ?? 0], namesStart, dataStart)
    this.#data = bytes.toString(encodings[bytes[37] ?? 0], dataStart, dataStart + dataLength)
  }

  /** Fails with what is wrong with the chunk, as a text. */
  static open(stored: Uint8Array, table: Table, partition: number): ChunkReader | string {
    const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength)
    if (bytes.length < HEADER_BYTES) return `it has ${bytes.length} bytes, a chunk has at least ${HEADER_BYTES}`
    if (bytes.readUInt32LE(0) !== crc32(bytes.subarray(4))) return 'its checksum does not match'
    if (bytes.readUInt32LE(4) !== magic[table]) return `it is no chunk of ${table} in a format known here`
    const [numbers, names, data] = lengthsOf(bytes)
    if (HEADER_BYTES + numbers + names + data !== bytes.length) return 'its lengths do not add up'
    if (bytes.readUInt32LE(12) > numbers) return 'its count is larger than its content'
    if (bytes.readUInt32LE(8) !== partition) return `it belongs to partition ${bytes.readUInt32LE(8)}`
    return new ChunkReader(bytes)
  }

  repeatedName(): string {
    const known = this.numbers.varint()
    if (known > 0) return this.#dictionary[known - 1] ?? ''
    const name = this.name()
    this.#dictionary.push(name)
    return name
  }

  name(): string {
    const start = this.#namesAt
    return this.#names.slice(start, (this.#namesAt = start + this.numbers.varint()))
  }

  data(): string {
    const start = this.#dataAt
    return this.#data.slice(start, (this.#dataAt = start + this.numbers.varint()))
  }

  /** True where all of it has been read, and no more. */
  get isDone(): boolean {
    return this.#namesAt === this.#names.length && this.#dataAt === this.#data.length && this.numbers.at === this.#numbersEnd
  }
}

const lengthsOf = (bytes: Buffer): readonly [number, number, number] => [
  bytes.readUInt32LE(24),
  bytes.readUInt32LE(28),
  bytes.readUInt32LE(32),
]
