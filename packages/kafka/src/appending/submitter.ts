import { initProducerIdV5 } from '@platformatic/kafka'
import { MillraceError, type NewCommand } from '@millrace/core'
import type { Cluster } from '../client/cluster.ts'
import { toMillraceError } from '../client/failure.ts'
import { retried } from '../client/retry.ts'
import { MAX_COMMAND_BYTES, type CommandEncoder } from '../wire/command-records.ts'
import type { Producer } from '../wire/record-batch.ts'
import { Appender } from './appender.ts'

/** Commands of one batch, at most, and characters: at three bytes each they fit into what every topic takes. */
const MAX_BATCH = 1_024
const MAX_BATCH_CHARACTERS = 256 * 1024
/** What a command has beside its own texts, in characters: its other headers, and what it costs while it waits. */
const FIXED_CHARACTERS = 200
/** Batches of one partition under way: one that is being stored, and one behind it. */
const MAX_IN_FLIGHT = 2
/** Characters that may wait for the broker, of one partition: then more are refused. */
const MAX_WAITING_CHARACTERS = 16 * 1024 * 1024

export interface SubmitterOptions {
  readonly cluster: Cluster
  readonly topic: string
  readonly encoder: CommandEncoder
  readonly deliveryTimeoutMs: number
  readonly closed: AbortSignal
  /** Told what has been stored. */
  readonly onStored: (partition: number, first: number, commands: readonly NewCommand[]) => void
}

interface Waiting {
  readonly command: NewCommand
  readonly resolve: (offset: number) => void
  readonly reject: (error: Error) => void
}

interface Lane {
  readonly partition: number
  readonly waiting: Waiting[]
  characters: number
  /** Each lane has one of its own: when one fails, the others go on. */
  producer: Producer | undefined
  appender: Appender | undefined
  sequence: number
  isPumping: boolean
}

/**
 * Appends commands by an idempotent producer, in a lane for each partition. What comes while batches are under way goes
 * with the next one, so that a single command waits for nobody and many share a request.
 */
export class Submitter {
  readonly #options: SubmitterOptions
  readonly #lanes = new Map<number, Lane>()

  constructor(options: SubmitterOptions) {
    this.#options = options
  }

  /** Resolves with the command's offset once all replicas in sync have it. */
  submit(partition: number, command: NewCommand): Promise<number> {
    const lane = this.#lane(partition)
    const { length } = command.data
    if (3 * length > MAX_COMMAND_BYTES && Buffer.byteLength(command.data) > MAX_COMMAND_BYTES)
      return Promise.reject(new MillraceError('COMMAND_INVALID', `a command's data may take ${MAX_COMMAND_BYTES} bytes; this one has more`))
    if (lane.characters > MAX_WAITING_CHARACTERS)
      return Promise.reject(
        new MillraceError('OVERLOADED', `the commands for partition ${partition} wait for the broker; send it again a little later`),
      )
    return new Promise((resolve, reject) => {
      lane.waiting.push({ command, resolve, reject })
      lane.characters += charactersOf(command)
      if (!lane.isPumping) void this.#pump(lane)
    })
  }

  /** Fails all that wait, and all that is under way. */
  fail(error: MillraceError): void {
    for (const lane of this.#lanes.values()) {
      for (const { reject } of lane.waiting.splice(0)) reject(error)
      lane.appender?.fail(error)
    }
  }

  #lane(partition: number): Lane {
    let lane = this.#lanes.get(partition)
    if (lane === undefined) {
      lane = { partition, waiting: [], characters: 0, producer: undefined, appender: undefined, sequence: 0, isPumping: false }
      this.#lanes.set(partition, lane)
    }
    return lane
  }

  async #pump(lane: Lane): Promise<void> {
    lane.isPumping = true
    // What is sent in the same turn goes together.
    await Promise.resolve()
    while (lane.waiting.length > 0) {
      try {
        await this.#appendNext(lane)
      } catch (error) {
        const failure = toMillraceError(error, `sending commands to ${this.#options.topic}`, `Write on the topic ${this.#options.topic}`)
        for (const { reject } of lane.waiting.splice(0)) reject(failure)
        lane.characters = 0
      }
    }
    lane.isPumping = false
  }

  async #appendNext(lane: Lane): Promise<void> {
    const producer = await this.#producerOf(lane)
    const taken = takeBatch(lane)
    const commands = taken.map(({ command }) => command)
    const bytes = this.#options.encoder.encode(commands, producer, lane.sequence)
    lane.sequence = (lane.sequence + taken.length) % 2 ** 31
    const stored = lane.appender!.append(bytes).then(
      (first) => {
        if (first >= 0) this.#options.onStored(lane.partition, first, commands)
        for (const [at, { resolve }] of taken.entries()) resolve(first + at)
      },
      (error: unknown) => {
        for (const { reject } of taken) reject(error as Error)
      },
    )
    if (!lane.appender!.hasRoom) await stored
  }

  /** The lane's producer and appender: new ones after a failure, which ends what a producer id is good for. */
  async #producerOf(lane: Lane): Promise<Producer> {
    const { cluster, topic, closed, deliveryTimeoutMs } = this.#options
    if (lane.producer !== undefined && lane.appender?.failure === undefined) return lane.producer
    lane.producer = undefined
    const ask = (): Promise<Producer> =>
      cluster
        .ask(initProducerIdV5.api, null, 0, -1n, -1)
        .then(({ producerId, producerEpoch }) => ({ id: producerId, epoch: producerEpoch }))
    lane.producer = await retried(ask, closed, deliveryTimeoutMs)
    lane.appender = new Appender({ cluster, topic, partition: lane.partition, deliveryTimeoutMs, maxInFlight: MAX_IN_FLIGHT })
    lane.sequence = 0
    return lane.producer
  }
}

function takeBatch(lane: Lane): Waiting[] {
  let count = 0
  for (let characters = 0; count < Math.min(lane.waiting.length, MAX_BATCH); count++) {
    characters += charactersOf(lane.waiting[count]!.command)
    if (count > 0 && characters > MAX_BATCH_CHARACTERS) break
  }
  const taken = lane.waiting.splice(0, count)
  for (const { command } of taken) lane.characters -= charactersOf(command)
  return taken
}

/** The key is written twice: for Kafka, and for readers. */
const charactersOf = ({ id, type, key, data }: NewCommand): number =>
  FIXED_CHARACTERS + id.length + type.length + 2 * key.length + data.length
