import { MillraceError } from '@millrace/core'
import type { Cluster } from '../client/cluster.ts'
import { KAFKA, kafkaReason } from '../client/failure.ts'
import { produceBatch, type ProduceAnswer } from '../client/requests.ts'
import { Backoff } from '../client/retry.ts'

/** Kafka remembers the last five batches of a producer: with more in flight it could not tell a repeat. */
const MAX_IN_FLIGHT = 5
/** How long the replicas in sync may take to have a batch, in milliseconds, before the broker says they do not. */
const REPLICATION_TIMEOUT_MS = 5_000

export interface AppenderOptions {
  readonly cluster: Cluster
  readonly topic: string
  readonly partition: number
  /** Appends that wait longer, in milliseconds, fail, and all after them. */
  readonly deliveryTimeoutMs: number
  readonly maxInFlight?: number
}

interface Pending {
  readonly batch: Buffer
  readonly deadline: number
  readonly resolve: (baseOffset: number) => void
  readonly reject: (error: Error) => void
  /** Whether any broker may have it. */
  wasSent: boolean
  answer: ProduceAnswer | undefined
}

/**
 * Appends batches of one producer to one partition, each exactly once and in order, or none from the first that failed.
 * Batches carry consecutive sequences. What got no answer is sent again with the same sequence: the broker stores it once.
 * When one fails, all that are under way are waited for, then sent again from the first one without an answer.
 */
export class Appender {
  readonly #options: AppenderOptions
  readonly #waiting: Pending[] = []
  readonly #maxInFlight: number
  /** How many of `#waiting`, from the first, are under way. */
  #inFlight = 0
  #sent = 0
  #failure: MillraceError | undefined
  /** The last trouble that may pass: sending goes on when all under way have come back. */
  #setback: unknown
  readonly #backoff = new Backoff()
  #isResting = false
  /** Set once a batch is stored: a broker that knows nothing of a producer would take its second batch before its first. */
  #isKnown = false
  readonly #idle: (() => void)[] = []

  constructor(options: AppenderOptions) {
    this.#options = options
    this.#maxInFlight = options.maxInFlight ?? MAX_IN_FLIGHT
  }

  /** Whether another batch would be sent at once. */
  get hasRoom(): boolean {
    return this.#waiting.length < this.#maxInFlight && this.#failure === undefined
  }

  get failure(): MillraceError | undefined {
    return this.#failure
  }

  /** Resolves with the batch's offset once all replicas in sync have it. */
  append(batch: Buffer): Promise<number> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      const deadline = performance.now() + this.#options.deliveryTimeoutMs
      this.#waiting.push({ batch, deadline, resolve, reject, wasSent: false, answer: undefined })
      this.#pump()
    })
  }

  /** Resolves once nothing is under way. */
  async drained(): Promise<void> {
    if (this.#waiting.length > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  /** Fails all that wait, and all that come. */
  fail(error: MillraceError): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    const waiting = this.#waiting.splice(0)
    for (const { reject } of waiting) reject(error)
    this.#wakeIdle()
  }

  #pump(): void {
    if (this.#isResting || this.#failure !== undefined || this.#setback !== undefined) return
    // Counted from the first without an answer, and not by what is under way: the broker must still know that one.
    const window = Math.min(this.#waiting.length, this.#isKnown ? this.#maxInFlight : 1)
    while (this.#sent < window) {
      const pending = this.#waiting[this.#sent++]!
      if (pending.answer !== undefined) continue
      this.#inFlight++
      void this.#send(pending)
    }
  }

  async #send(pending: Pending): Promise<void> {
    const { cluster, topic, partition } = this.#options
    try {
      const connection = await cluster.leader(topic, partition, `${topic}-${partition}`)
      pending.wasSent = true
      const answer = await produceBatch.async(connection, topic, partition, pending.batch, REPLICATION_TIMEOUT_MS)
      this.#take(pending, answer)
    } catch (error) {
      this.#setback ??= error
    }
    this.#inFlight--
    if (this.#setback === undefined) this.#pump()
    else if (this.#inFlight === 0) void this.#sendAgain()
  }

  #take(pending: Pending, answer: ProduceAnswer): void {
    if (this.#failure !== undefined) return
    const { errorCode } = answer
    if (errorCode === 0 || errorCode === KAFKA.DUPLICATE_SEQUENCE_NUMBER) {
      pending.answer = answer
      this.#isKnown = true
      while (this.#waiting[0]?.answer !== undefined) {
        const { resolve, answer: first } = this.#waiting.shift()!
        this.#sent--
        resolve(first!.baseOffset)
      }
      this.#backoff.reset()
      if (this.#waiting.length === 0) this.#wakeIdle()
      return
    }
    const fatal = this.#fatal(pending, answer)
    if (fatal !== undefined) this.fail(fatal)
    else this.#setback ??= new MillraceError('LOG_UNAVAILABLE', `${this.#where()} refused a batch for now (Kafka error ${errorCode})`)
  }

  /** What can't be mended by sending again. */
  #fatal(pending: Pending, { errorCode, errorMessage }: ProduceAnswer): MillraceError | undefined {
    const where = this.#where()
    const at = { partition: this.#options.partition }
    switch (errorCode) {
      case KAFKA.INVALID_PRODUCER_EPOCH:
      case KAFKA.PRODUCER_FENCED:
        return new MillraceError('LOG_FENCED', `${where} has a newer owner; this one has stopped`, { at })
      case KAFKA.UNKNOWN_PRODUCER_ID:
        return new MillraceError('LOG_OUTCOME_UNKNOWN', `${where}: the broker has forgotten this producer`, { at })
      case 45: // OUT_OF_ORDER_SEQUENCE_NUMBER: right behind a batch that failed, and the end where nothing failed before it
        return pending === this.#waiting[0] && this.#setback === undefined
          ? new MillraceError('LOG_OUTCOME_UNKNOWN', `${where}: the broker has lost track of what this producer wrote`, { at })
          : undefined
      case KAFKA.MESSAGE_TOO_LARGE:
      case KAFKA.RECORD_LIST_TOO_LARGE:
      case KAFKA.INVALID_TIMESTAMP:
      case KAFKA.INVALID_RECORD:
        return new MillraceError('LOG_UNAVAILABLE', `${where} takes no such batch: ${errorMessage ?? `Kafka error ${errorCode}`}`, { at })
      case KAFKA.TOPIC_AUTHORIZATION_FAILED:
      case KAFKA.CLUSTER_AUTHORIZATION_FAILED:
        return new MillraceError(
          'LOG_DENIED',
          `${where}: this user may not write there; grant it Write on the topic ${this.#options.topic}`,
          { at },
        )
      default:
        return undefined
    }
  }

  async #sendAgain(): Promise<void> {
    const setback = this.#setback
    if (this.#failure !== undefined) return
    if (this.#waiting.length > 0 && performance.now() >= this.#waiting[0]!.deadline) {
      this.fail(this.#givenUp(setback))
      return
    }
    this.#isResting = true
    await this.#backoff.wait()
    await this.#options.cluster.refresh().catch(() => undefined)
    this.#isResting = false
    this.#setback = undefined
    this.#sent = 0
    this.#pump()
  }

  #givenUp(setback: unknown): MillraceError {
    const { deliveryTimeoutMs, partition } = this.#options
    const why = `${this.#where()} has not taken it within ${deliveryTimeoutMs} ms: ${kafkaReason(setback)}`
    const wasSent = this.#waiting.some((pending) => pending.wasSent)
    return wasSent
      ? new MillraceError('LOG_OUTCOME_UNKNOWN', `${why}; whether it is stored is not known`, { at: { partition }, cause: setback })
      : new MillraceError('LOG_UNAVAILABLE', why, { at: { partition }, cause: setback })
  }

  #where(): string {
    return `partition ${this.#options.partition} of ${this.#options.topic}`
  }

  #wakeIdle(): void {
    for (const wake of this.#idle.splice(0)) wake()
  }
}
