import { setTimeout as sleep } from 'node:timers/promises'
import { MillraceError, type NewCommand, type StoredCommand, type UnreadableCommand } from '@millrace/core'
import type { Cluster } from '../client/cluster.ts'
import type { CommandDecoder } from '../wire/command-records.ts'
import { readBatches } from '../wire/record-batch.ts'
import { fetchFrom, type Fetched } from './fetch.ts'
import { Wake } from './wake.ts'

/** How long a broker holds back an answer that would be empty, in milliseconds. */
const POLL_MS = 500
const FETCH_BYTES = 512 * 1024
/** How long the broker is not asked after it had nothing but what this process sent itself, in milliseconds. */
const FED_MS = 5
/** What is read ahead: the broker is not asked for more while so many commands, or characters of data, wait here. */
const MAX_WAITING = 4_096
const MAX_WAITING_CHARACTERS = 4 * 1024 * 1024
/** A command that waited longer than this share of the time Kafka keeps it is told to the operator. */
const ALARMING_SHARE = 0.25
const ALARM_EVERY_MS = 3_600_000

export interface CommandReaderOptions {
  readonly cluster: Cluster
  readonly topic: string
  readonly partition: number
  readonly decoder: CommandDecoder
  /** How long Kafka keeps a command, in milliseconds; undefined for ever. */
  readonly retentionMs: number | undefined
  readonly onTrouble: (error: MillraceError) => void
}

type Command = StoredCommand | UnreadableCommand

/** Reads the commands of one partition for its owner: from the broker, and what this process sends itself from memory. */
export class CommandReader {
  readonly #options: CommandReaderOptions
  readonly #signal: AbortSignal
  #waiting: Command[] = []
  #characters = 0
  /** The next offset to read. */
  #next: number
  #alarmedAt = Number.NEGATIVE_INFINITY
  #failure: Error | undefined
  readonly #came = new Wake()
  readonly #taken = new Wake()

  constructor(options: CommandReaderOptions, from: number, signal: AbortSignal) {
    this.#options = options
    this.#signal = signal
    this.#next = from
  }

  /** See `OwnedShard.commands`. */
  async *read(maxRecords: number): AsyncGenerator<readonly Command[]> {
    void this.#fill().catch((error: unknown) => {
      this.#failure = error as Error
      this.#came.fire()
    })
    while (!this.#signal.aborted) {
      if (this.#failure !== undefined) throw this.#failure
      if (this.#waiting.length === 0) {
        await this.#came.wait(this.#signal)
        continue
      }
      this.#watchRetention()
      const taken = this.#waiting.length <= maxRecords ? this.#waiting : this.#waiting.slice(0, maxRecords)
      this.#waiting = taken === this.#waiting ? [] : this.#waiting.slice(maxRecords)
      for (const command of taken) this.#characters -= charactersOf(command)
      this.#taken.fire()
      yield taken
    }
  }

  /** This process has sent `commands`, and they are stored from offset `first` on. */
  sent(first: number, commands: readonly NewCommand[]): void {
    if (first !== this.#next || !this.#hasRoom) return
    for (const [at, command] of commands.entries()) this.#add({ ...command, offset: first + at })
    this.#came.fire()
  }

  get #hasRoom(): boolean {
    return this.#waiting.length < MAX_WAITING && this.#characters < MAX_WAITING_CHARACTERS
  }

  async #fill(): Promise<void> {
    const { cluster, topic, partition } = this.#options
    const request = { cluster, topic, partition, maxWaitMs: POLL_MS, maxBytes: FETCH_BYTES, purpose: 'live' }
    while (!this.#signal.aborted) {
      if (!this.#hasRoom) {
        await this.#taken.wait(this.#signal)
        continue
      }
      const fetched = await fetchFrom({ ...request, from: this.#next }, this.#signal)
      if (fetched === undefined) return
      if (fetched.isOutOfRange) this.#skipLost(fetched)
      else if (!this.#take(fetched.records) && fetched.records.length > 0) await sleep(FED_MS)
    }
  }

  /** Whether there was anything new in them. */
  #take(records: Buffer): boolean {
    const { topic, partition, decoder } = this.#options
    const before = this.#next
    for (const batch of readBatches(records, this.#next, `partition ${partition} of ${topic}`)) {
      // What this process sent itself may have come from memory in the meantime.
      for (const command of decoder.decode(batch)) if (command.offset >= this.#next) this.#add(command)
      this.#next = Math.max(this.#next, batch.next)
    }
    if (this.#next === before) return false
    this.#came.fire()
    return true
  }

  #add(command: Command): void {
    this.#waiting.push(command)
    this.#characters += charactersOf(command)
    this.#next = command.offset + 1
  }

  /** Commands that were deleted before they were decided. Nothing brings them back; but nobody shall not know. */
  #skipLost({ logStart }: Fetched): void {
    const { topic, partition, onTrouble } = this.#options
    const from = this.#next
    const at = { partition, offset: from }
    if (from > logStart) {
      throw new MillraceError(
        'LOG_DAMAGED',
        `partition ${partition} of ${topic} ends before offset ${from}, which has been decided: the topic was made anew, or a broker came back without its newest records`,
        { at },
      )
    }
    onTrouble(
      new MillraceError(
        'COMMANDS_LOST',
        `partition ${partition} of ${topic}: the commands from offset ${from} to ${logStart - 1} were deleted before they were decided; raise retention.ms on the topic`,
        { at },
      ),
    )
    this.#next = logStart
  }

  #watchRetention(): void {
    const { topic, partition, retentionMs, onTrouble } = this.#options
    const oldest = this.#waiting[0]
    if (retentionMs === undefined || oldest === undefined) return
    const ageMs = Date.now() - oldest.timeMs
    if (ageMs < retentionMs * ALARMING_SHARE || performance.now() - this.#alarmedAt < ALARM_EVERY_MS) return
    this.#alarmedAt = performance.now()
    const hours = (ms: number): string => (ms / 3_600_000).toFixed(1)
    onTrouble(
      new MillraceError(
        'COMMANDS_LATE',
        `partition ${partition} of ${topic}: the command at offset ${oldest.offset} has waited for ${hours(ageMs)} hours; Kafka deletes it after ${hours(retentionMs)}. Add instances, or raise retention.ms on the topic`,
        { at: { partition, offset: oldest.offset } },
      ),
    )
  }
}

const charactersOf = (command: Command): number => ('unreadable' in command ? 64 : command.data.length + 64)
