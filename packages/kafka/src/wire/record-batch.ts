/**
 * Kafka's record batches (format 2): what a topic is made of, appended whole or not at all.
 * Source: org.apache.kafka.common.record.DefaultRecordBatch.
 */
import { compressionsAlgorithmsByBitmask, crc32c } from '@platformatic/kafka'
import { MillraceError } from '@millrace/core'
import { ByteReader } from './byte-reader.ts'
import type { ByteWriter } from './byte-writer.ts'

/** Bytes before the first record. */
export const BATCH_HEADER_BYTES = 61
const CRC_AT = 17
const CRC_FROM = 21

/** Who wrote a batch: producer id, and the epoch under which. Sequences count its records on one partition. */
export interface Producer {
  readonly id: bigint
  readonly epoch: number
}

/** Starts a batch in `writer`: its records follow, then `finishBatch`. */
export function beginBatch(writer: ByteWriter): void {
  writer.at = 0
  writer.reserve(BATCH_HEADER_BYTES)
  writer.at = BATCH_HEADER_BYTES
}

export interface BatchEnd {
  readonly producer: Producer
  /** Of the first record. */
  readonly sequence: number
  readonly count: number
  readonly firstMs: number
  readonly lastMs: number
}

/** Returns a copy of the finished batch. */
export function finishBatch(writer: ByteWriter, { producer, sequence, count, firstMs, lastMs }: BatchEnd): Buffer {
  const batch = Buffer.allocUnsafeSlow(writer.at)
  writer.bytes.copy(batch, 0, 0, writer.at)
  batch.writeBigInt64BE(0n, 0)
  batch.writeInt32BE(batch.length - 12, 8)
  batch.writeInt32BE(-1, 12)
  batch.writeInt8(2, 16)
  batch.writeInt16BE(0, CRC_FROM)
  batch.writeInt32BE(count - 1, 23)
  batch.writeBigInt64BE(BigInt(firstMs), 27)
  batch.writeBigInt64BE(BigInt(lastMs), 35)
  batch.writeBigInt64BE(producer.id, 43)
  batch.writeInt16BE(producer.epoch, 51)
  batch.writeInt32BE(sequence, 53)
  batch.writeInt32BE(count, 57)
  batch.writeUInt32BE(crc32c(batch.subarray(CRC_FROM)), CRC_AT)
  return batch
}

/** One batch as it was read. */
export interface RawBatch {
  readonly first: number
  /** The offset after its last record. */
  readonly next: number
  readonly count: number
  readonly firstMs: number
  /** What a transaction's end leaves: no record of anybody's. */
  readonly isControl: boolean
  /** Of the records. Reads what was compressed. */
  readonly records: () => ByteReader
}

/** The batches of a fetched answer that reach past offset `from`. The last one may be cut off: then it is left out. */
export function* readBatches(bytes: Buffer, from: number, where: string): Generator<RawBatch> {
  for (let at = 0; at + BATCH_HEADER_BYTES <= bytes.length;) {
    const first = Number(bytes.readBigInt64BE(at))
    const end = at + 12 + bytes.readInt32BE(at + 8)
    if (end > bytes.length) return
    const magic = bytes.readInt8(at + 16)
    if (magic !== 2) throw damaged(where, first, `its record format is ${magic}; expected 2`)
    const next = first + bytes.readInt32BE(at + 23) + 1
    if (next > from) {
      if (crc32c(bytes.subarray(at + CRC_FROM, end)) !== bytes.readUInt32BE(at + CRC_AT))
        throw damaged(where, first, 'its checksum is wrong')
      const attributes = bytes.readInt16BE(at + CRC_FROM)
      const start = at + BATCH_HEADER_BYTES
      yield {
        first,
        next,
        count: bytes.readInt32BE(at + 57),
        firstMs: Number(bytes.readBigInt64BE(at + 27)),
        isControl: (attributes & 0x20) !== 0,
        records: () => recordsOf(bytes, start, end, attributes & 7),
      }
    }
    at = end
  }
}

function recordsOf(bytes: Buffer, start: number, end: number, compression: number): ByteReader {
  if (compression === 0) return new ByteReader(bytes, start, end)
  const algorithm = compressionsAlgorithmsByBitmask[compression]
  if (algorithm === undefined) throw new RangeError(`unknown compression ${compression}`)
  return new ByteReader(algorithm.decompressSync(bytes.subarray(start, end)))
}

const damaged = (where: string, offset: number, why: string): MillraceError =>
  new MillraceError('LOG_DAMAGED', `${where}: the batch at offset ${offset} cannot be read: ${why}`, { at: { offset } })
