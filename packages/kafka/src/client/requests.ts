/** Produce and Fetch with whole record batches as bytes: they are written and read by `wire/`, not by the client. */
import { createAPI, fetchV17, type Reader, Writer, type API } from '@platformatic/kafka'

type DynamicBuffer = Reader['buffer']

/** What a broker answers for one partition. Offsets are -1 where it does not say. */
export interface ProduceAnswer {
  readonly errorCode: number
  readonly errorMessage: string | null
  readonly baseOffset: number
}

/** Appends one batch to one partition, and answers once all replicas in sync have it. */
export const produceBatch: API<[topic: string, partition: number, batch: Buffer, timeoutMs: number], ProduceAnswer> = createAPI(
  0,
  11,
  (topic: string, partition: number, batch: Buffer, timeoutMs: number) =>
    Writer.create()
      .appendString(null)
      .appendInt16(-1)
      .appendInt32(timeoutMs)
      .appendArray([topic], (writer) => {
        writer.appendString(topic).appendArray([partition], (inner) => {
          inner
            .appendInt32(partition)
            .appendUnsignedVarInt(batch.length + 1)
            .append(batch)
        })
      })
      .appendTaggedFields(),
  (_correlationId, _apiKey, _apiVersion, reader) => {
    reader.readUnsignedVarInt() // one topic
    reader.readString()
    reader.readUnsignedVarInt() // one partition
    reader.readInt32()
    const errorCode = reader.readInt16()
    const baseOffset = Number(reader.readInt64())
    reader.skip(16)
    reader.readArray(
      (inner) => {
        inner.readInt32()
        inner.readNullableString()
      },
      true,
      true,
    )
    return { errorCode, baseOffset, errorMessage: reader.readNullableString() }
  },
)

export interface FetchAnswer {
  readonly errorCode: number
  readonly highWatermark: number
  readonly logStart: number
  /** Whole record batches, the last of which may be cut off. */
  readonly records: Buffer
}

export interface FetchRequest {
  readonly topicId: string
  readonly partition: number
  readonly from: number
  /** Answers with nothing after so long, in milliseconds. */
  readonly maxWaitMs: number
  readonly maxBytes: number
}

const NOTHING = Buffer.alloc(0)

/** Reads one partition, from one offset on. */
export const fetchBatches: API<[FetchRequest], FetchAnswer> = createAPI(
  1,
  17,
  ({ topicId, partition, from, maxWaitMs, maxBytes }: FetchRequest) =>
    fetchV17.createRequest(
      maxWaitMs,
      1,
      maxBytes,
      0,
      0,
      -1,
      [
        {
          topicId,
          partitions: [{ partition, currentLeaderEpoch: -1, fetchOffset: BigInt(from), lastFetchedEpoch: -1, partitionMaxBytes: maxBytes }],
        },
      ],
      [],
      '',
    ),
  (_correlationId, _apiKey, _apiVersion, reader) => {
    reader.readInt32() // throttled
    const errorCode = reader.readInt16()
    reader.readInt32() // session
    const topics = reader.readUnsignedVarInt() - 1
    if (errorCode !== 0 || topics < 1) return { errorCode, highWatermark: -1, logStart: -1, records: NOTHING }
    reader.skip(16) // topic id
    reader.readUnsignedVarInt() // one partition
    reader.readInt32()
    const partitionError = reader.readInt16()
    const highWatermark = Number(reader.readInt64())
    reader.readInt64() // last stable offset
    const logStart = Number(reader.readInt64())
    reader.readNullableArray(
      (inner) => {
        inner.skip(16)
      },
      true,
      true,
    )
    reader.readInt32() // preferred replica
    const size = reader.readUnsignedVarInt() - 1
    const records = size > 0 ? flat(reader.buffer, reader.position, size) : NOTHING
    return { errorCode: partitionError, highWatermark, logStart, records }
  },
)

/** One buffer, apart from the connection's: what is decoded from it may be kept as long as it is of use. */
function flat(buffer: DynamicBuffer, start: number, size: number): Buffer {
  return buffer.slice(start, start + size)
}
