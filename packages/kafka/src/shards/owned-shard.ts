import { initProducerIdV5 } from '@platformatic/kafka'
import { MillraceError, type NewRecord, type OwnedShard } from '@millrace/core'
import { Appender } from '../appending/appender.ts'
import { COORDINATOR, type Cluster } from '../client/cluster.ts'
import { KAFKA, kafkaCode, toMillraceError } from '../client/failure.ts'
import { retried } from '../client/retry.ts'
import type { CommandReader } from '../reading/command-reader.ts'
import type { EventTail } from '../reading/event-tail.ts'
import type { EventEncoder } from '../wire/event-records.ts'
import type { Producer } from '../wire/record-batch.ts'

/** No transaction is ever begun; the broker wants to know all the same how long one may take. */
const TRANSACTION_TIMEOUT_MS = 60_000

export interface ShardTopic {
  readonly cluster: Cluster
  readonly app: string
  readonly eventsTopic: string
  readonly encoder: EventEncoder
  /** Bytes a batch may have. */
  readonly maxBatchBytes: number
  readonly deliveryTimeoutMs: number
  readonly renewEveryMs: number
  /** Who this process is, for people who read markers. */
  readonly owner: string
}

/** A shard this process owns, for as long as nobody takes it over: its producer, its marker, and the way to append. */
export class KafkaShard implements OwnedShard {
  readonly partition: number
  readonly signal: AbortSignal
  readonly renewEveryMs: number
  marker = -1
  /** The next command to decide, as far as this owner has decided any. */
  nextCommand = 0
  epoch = -1
  readonly #topic: ShardTopic
  readonly #tail: EventTail
  readonly #commands: (from: number, signal: AbortSignal) => CommandReader
  readonly #over: AbortController
  #producer: Producer = { id: -1n, epoch: -1 }
  #appender: Appender | undefined
  #sequence = 0
  /** The offset after all that has been given to the appender. */
  #next = 0
  /** The marker that what is written now names. */
  #owner = -1
  /** What waits until the shard has been renewed. */
  #renewing: Promise<unknown> | undefined
  readonly #failed = new AbortController()

  constructor(
    partition: number,
    topic: ShardTopic,
    { tail, commands, over }: { tail: EventTail; commands: (from: number, signal: AbortSignal) => CommandReader; over: AbortController },
  ) {
    this.partition = partition
    this.signal = over.signal
    this.renewEveryMs = topic.renewEveryMs
    this.#topic = topic
    this.#tail = tail
    this.#commands = commands
    this.#over = over
  }

  /** Fences whoever owned the shard before: a higher epoch, then the marker. */
  async takeOver(): Promise<void> {
    await this.#newEpoch({ id: -1n, epoch: -1 }, this.signal)
    this.epoch = Number(this.#producer.id) * 32_768 + this.#producer.epoch
    const said = { epoch: this.epoch, owner: this.#topic.owner }
    this.marker = await this.#mark(markerRecord(JSON.stringify(said)))
    this.#next = this.marker + 1
  }

  commands(from: number, maxRecords: number): ReturnType<OwnedShard['commands']> {
    return this.#commands(from, this.signal).read(maxRecords)
  }

  append(records: readonly NewRecord[]): Promise<number> {
    if (this.#renewing !== undefined) return this.#renewing.then(() => this.append(records))
    if (records[0]!.kind === 'owned') return this.#renew(records[0]!)
    return this.#write(records)
  }

  /** What fails now has failed; what is under way may still be stored. */
  fail(error: MillraceError): void {
    if (!this.#failed.signal.aborted) this.#failed.abort(error)
    this.#appender?.fail(error)
    this.#over.abort()
  }

  /** Not once `signal` has aborted: whoever was given the shard since is not to be fenced. */
  async #newEpoch(known: Producer, signal: AbortSignal): Promise<void> {
    const { cluster, app, eventsTopic, deliveryTimeoutMs } = this.#topic
    const transactionalId = `${app}.events-${this.partition}`
    const ask = async (): ReturnType<typeof initProducerIdV5.api.async> => {
      const connection = await cluster.coordinator(COORDINATOR.transaction, transactionalId, 'transaction')
      try {
        return await initProducerIdV5.api.async(connection, transactionalId, TRANSACTION_TIMEOUT_MS, known.id, known.epoch)
      } catch (error) {
        const code = kafkaCode(error)
        throw code === KAFKA.PRODUCER_FENCED || code === KAFKA.INVALID_PRODUCER_EPOCH ? fenced(this.partition) : error
      }
    }
    const answer = await retried(ask, signal, deliveryTimeoutMs).catch((error: unknown) => {
      if (signal.aborted) throw this.#reason()
      const right = `Write on the transactional id ${transactionalId}, or on all that begin with ${app}.events-`
      throw toMillraceError(error, `taking over partition ${this.partition} of ${eventsTopic}`, right)
    })
    if (signal.aborted) throw this.#reason()
    this.#producer = { id: answer.producerId, epoch: answer.producerEpoch }
    this.#sequence = 0
    this.#appender = new Appender({ cluster, topic: eventsTopic, partition: this.partition, deliveryTimeoutMs })
  }

  /** Appends a marker, and writes in its name from now on. */
  async #mark(record: NewRecord): Promise<number> {
    const { encoder, maxBatchBytes } = this.#topic
    const { bytes } = encoder.encode([record], 0, { producer: this.#producer, sequence: 0, owner: undefined, maxBytes: maxBatchBytes })
    this.#sequence = 1
    const marker = await this.#appender!.append(bytes)
    this.#owner = marker
    this.#tail.owned(marker, (seen) => this.#onMarker(seen))
    this.#tail.appended({ partition: this.partition, first: marker, next: marker + 1, records: [record], owner: marker })
    return marker
  }

  /** A higher epoch and a new marker for the same owner, once all before it is stored. */
  async #renew(record: NewRecord): Promise<number> {
    const renewed = (async () => {
      await this.#appender!.drained()
      if (this.#appender!.failure !== undefined) throw this.#appender!.failure
      await this.#newEpoch(this.#producer, this.#failed.signal)
      return this.#mark(record)
    })()
    this.#renewing = renewed.then(
      () => undefined,
      () => undefined,
    )
    try {
      const marker = await renewed
      this.#next = marker + 1
      return marker
    } catch (error) {
      this.fail(error as MillraceError)
      throw error
    } finally {
      this.#renewing = undefined
    }
  }

  async #write(records: readonly NewRecord[]): Promise<number> {
    const { encoder, maxBatchBytes } = this.#topic
    const first = this.#next
    const stored: Promise<void>[] = []
    try {
      for (let from = 0; from < records.length;) {
        const { bytes, count } = encoder.encode(records, from, {
          producer: this.#producer,
          sequence: this.#sequence,
          owner: this.#owner,
          maxBytes: maxBatchBytes,
        })
        this.#sequence = (this.#sequence + count) % 2 ** 31
        const batch = {
          partition: this.partition,
          first: this.#next,
          next: this.#next + count,
          records: records.slice(from, from + count),
          owner: this.#owner,
        }
        this.#next = batch.next
        stored.push(this.#appender!.append(bytes).then((offset) => this.#stored(batch, offset)))
        from += count
      }
      await Promise.all(stored)
      return first
    } catch (error) {
      for (const each of stored) each.catch(() => undefined)
      const failure =
        error instanceof MillraceError
          ? error
          : new MillraceError('LOG_UNAVAILABLE', `partition ${this.partition}: ${String(error)}`, { cause: error })
      this.fail(failure)
      throw failure
    }
  }

  /** Why it is over. */
  #reason(): MillraceError {
    const { reason } = this.#failed.signal as { readonly reason: unknown }
    return reason instanceof MillraceError ? reason : fenced(this.partition)
  }

  /** A marker was seen that this shard did not append: somebody owns it now. */
  #onMarker({ data }: NewRecord): void {
    if (epochOf(data) !== this.epoch) this.fail(fenced(this.partition))
  }

  #stored(batch: Parameters<EventTail['appended']>[0], offset: number): void {
    // An answer to a repeat need not know the offset; the only writer does.
    if (offset >= 0 && offset !== batch.first) {
      throw new MillraceError(
        'LOG_OUTCOME_UNKNOWN',
        `partition ${this.partition} of ${this.#topic.eventsTopic} has records nobody here wrote at offset ${batch.first}; somebody else writes to this topic`,
        { at: { partition: this.partition, offset: batch.first } },
      )
    }
    const last = batch.records.findLast(({ commandOffset }) => commandOffset >= 0)
    if (last !== undefined) this.nextCommand = last.commandOffset + 1
    this.#tail.appended(batch)
  }
}

export const fenced = (partition: number): MillraceError =>
  new MillraceError('LOG_FENCED', `partition ${partition} has a newer owner; this one has stopped`, { at: { partition } })

/** What a marker says, whoever wrote it. */
function epochOf(data: string): unknown {
  try {
    return (JSON.parse(data) as { readonly epoch?: unknown } | null)?.epoch
  } catch {
    return undefined
  }
}

const markerRecord = (data: string): NewRecord => ({
  kind: 'owned',
  type: 'owned',
  key: '',
  timeMs: Date.now(),
  data,
  commandId: '',
  index: 0,
  commandOffset: -1,
  fingerprint: 0,
})
