import { listOffsetsV9 } from '@platformatic/kafka'
import { MillraceError } from '@millrace/core'
import type { Cluster } from '../client/cluster.ts'
import { isDenied, KAFKA, toMillraceError } from '../client/failure.ts'
import { fetchBatches, type FetchAnswer } from '../client/requests.ts'
import { Backoff } from '../client/retry.ts'

const EARLIEST = -2n

export interface FetchFrom {
  readonly cluster: Cluster
  readonly topic: string
  readonly partition: number
  readonly from: number
  /** Answers with nothing after so long, in milliseconds. */
  readonly maxWaitMs: number
  readonly maxBytes: number
  /** Names the connection: answers on one connection come in the order of the requests. */
  readonly purpose: string
}

export type Fetched = Pick<FetchAnswer, 'highWatermark' | 'logStart' | 'records'> & {
  /** Set where offset `from` is not there: before the first that is kept, or after the end. */
  readonly isOutOfRange: boolean
}

/** Reads one partition. Tries again, for as long as it takes, until `signal` aborts: then undefined. */
export async function fetchFrom(request: FetchFrom, signal: AbortSignal): Promise<Fetched | undefined> {
  const { cluster, topic, partition } = request
  const backoff = new Backoff()
  while (!signal.aborted) {
    try {
      const { errorCode, ...answer } = await fetchOnce(request)
      if (errorCode === 0) return { ...answer, isOutOfRange: false }
      // Such an answer does not say where the log begins.
      if (errorCode === KAFKA.OFFSET_OUT_OF_RANGE) return { ...answer, logStart: await logStartOf(request), isOutOfRange: true }
      if (errorCode === KAFKA.TOPIC_AUTHORIZATION_FAILED) {
        throw new MillraceError(
          'LOG_DENIED',
          `partition ${partition} of ${topic}: this user may not read it; grant it Read on the topic ${topic}`,
        )
      }
    } catch (error) {
      if (isDenied(error)) throw toMillraceError(error, `reading partition ${partition} of ${topic}`, `Read on the topic ${topic}`)
      if (error instanceof MillraceError && error.code === 'LOG_CLOSED') throw error
    }
    await backoff.wait(signal)
    await cluster.refresh().catch(() => undefined)
  }
  return undefined
}

async function logStartOf({ cluster, topic, partition, purpose }: FetchFrom): Promise<number> {
  const connection = await cluster.leader(topic, partition, `${topic}-${partition}-${purpose}`)
  const partitions = [{ partitionIndex: partition, currentLeaderEpoch: -1, timestamp: EARLIEST }]
  const { topics } = await listOffsetsV9.api.async(connection, -1, 0, [{ name: topic, partitions }])
  return Number(topics[0]!.partitions[0]!.offset)
}

async function fetchOnce({ cluster, topic, partition, from, maxWaitMs, maxBytes, purpose }: FetchFrom): Promise<FetchAnswer> {
  const connection = await cluster.leader(topic, partition, `${topic}-${partition}-${purpose}`)
  return fetchBatches.async(connection, { topicId: cluster.topicId(topic), partition, from, maxWaitMs, maxBytes })
}
