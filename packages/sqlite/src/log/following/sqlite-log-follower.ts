import { MillraceError, type Batch, type Log, type NewCommand, type NewRecord } from '@millrace/core'
import { join } from 'node:path'
import { ChunkReader } from '../chunk.ts'
import { EventTail, TAIL_CHARACTERS } from '../event-tail.ts'
import { closedError } from '../log-errors.ts'
import { LogFile } from '../log-file.ts'
import { readEvents } from '../readers.ts'
import { readRecords } from '../records.ts'
import { Turns } from '../turns.ts'
import type { Welcome } from './frames.ts'
import { OwnerLink } from './owner-link.ts'
import { settledEnds } from './settled-ends.ts'

/**
 * A log that another process of this machine owns. What the owner tells is kept as its own tail is; all else is read from
 * the same database, and never beyond what the owner has told to be durable.
 */
export class SqliteLogFollower implements Log {
  readonly identity: string
  readonly partitions: number
  readonly maxCommandBytes: number = Infinity
  readonly #directory: string
  readonly #tails: readonly EventTail[]
  readonly #turns = new Turns()
  readonly #link: OwnerLink
  #file: LogFile
  /** Why it can't go on. */
  #stopped: MillraceError | undefined
  #closing: Promise<void> | undefined
  #isClosed = false

  /** Takes over `file`. */
  constructor(directory: string, file: LogFile) {
    this.#directory = directory
    this.#file = file
    this.identity = file.identity
    this.partitions = file.partitions
    const maxCharacters = TAIL_CHARACTERS / file.partitions
    this.#tails = Array.from({ length: file.partitions }, () => new EventTail({ next: 0, timeMs: 0 }, maxCharacters))
    this.#link = new OwnerLink(directory, file.partitions, {
      welcome: (welcome) => this.#goOn(welcome),
      events: (chunk) => this.#push(chunk),
      ends: (ends) => this.#skipTo(ends),
    })
  }

  /** Resolves once it is known how much of the log is durable: from the owner, or where it is away, from the database. */
  async open(): Promise<void> {
    await this.#link.open()
    // The owner may come, and go, meanwhile: the file is then another one.
    const ends = await settledEnds(
      join(this.#directory, 'log.db'),
      () => this.#tails.map((_, partition) => this.#file.end('events', partition).next),
      () => this.#link.isUp || this.#stopped !== undefined,
    )
    if (ends !== undefined) this.#skipTo(ends)
  }

  trouble(): MillraceError | undefined {
    return this.#closing !== undefined ? closedError() : (this.#stopped ?? this.#link.trouble())
  }

  submit(partition: number, command: NewCommand): Promise<number> {
    return new Promise((resolve) => {
      if (this.#closing !== undefined) throw closedError()
      this.#check()
      resolve(this.#link.submit(partition, command))
    })
  }

  own(): Promise<never> {
    return Promise.reject(
      new TypeError(
        "this log follows another process's and has no shards to give: start the app with role: 'read', or open the log with openSqliteLog",
      ),
    )
  }

  read(partition: number, from: number, signal: AbortSignal): AsyncIterable<Batch> {
    const file = { readEvents: (...place: Parameters<LogFile['readEvents']>) => this.#file.readEvents(...place) }
    const tail = this.#tails[partition]
    if (tail === undefined) throw new TypeError(`partition: expected 0 to ${this.partitions - 1}, got ${partition}`)
    return readEvents({ file, partition, tail, turns: this.#turns, check: () => this.#check() }, from, signal)
  }

  /** As the owner has it now; while it is away, as it said last. */
  async ends(): Promise<readonly number[]> {
    this.#check()
    await this.#link.ask()
    this.#check()
    return this.#tails.map(({ durable }) => durable)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    await this.#link.close()
    this.#isClosed = true
    this.#wake()
    this.#file.close()
  }

  /** The owner is there, perhaps another process than before: the same log, and not less of it? */
  #goOn({ identity, partitions, ends }: Welcome): void {
    if (this.#stopped !== undefined) throw this.#stopped
    // Opened again: the file may be another one by now, put there from a backup.
    const file = LogFile.openToFollow(join(this.#directory, 'log.db'))
    this.#file.close()
    this.#file = file
    if (identity !== this.identity || file.identity !== this.identity || partitions !== this.partitions) {
      this.#stop('it is another log now')
    }
    for (const [partition, { durable }] of this.#tails.entries()) {
      const end = ends[partition] ?? 0
      if (end < durable) this.#stop(`events of partition ${partition} end at offset ${end}, and had been stored up to ${durable}`)
    }
    this.#skipTo(ends)
  }

  /** What was read here is not what the log says: nobody may go on with either. */
  #stop(what: string): never {
    const message =
      `${this.#directory}: the log went back while this process followed it: ${what}. ` +
      'Was it restored from a backup, or put in the place of another? Start this process again; what it has stored of the former log is of no use with this one.'
    this.#stopped = new MillraceError('LOG_DAMAGED', message, { at: { directory: this.#directory } })
    this.#wake()
    void this.#link.close()
    throw this.#stopped
  }

  #push(bytes: Buffer): void {
    const partition = bytes.readUInt32LE(8)
    const tail = this.#tails[partition]
    const chunk = ChunkReader.open(bytes, 'events', partition)
    if (tail === undefined) throw new Error(`it told of partition ${partition}`)
    if (typeof chunk === 'string') throw new Error(`what it told of partition ${partition} can't be read: ${chunk}`)
    const records: NewRecord[] = []
    readRecords(chunk, records)
    if (!chunk.isDone) throw new Error(`what it told of partition ${partition} can't be read: its content does not add up`)
    const { first } = chunk
    if (first !== tail.durable) throw new Error(`it told of partition ${partition} from ${first} on, after ${tail.durable}`)
    tail.push({ partition, first, next: first + records.length, records })
  }

  /** The database has what is before. */
  #skipTo(ends: readonly number[]): void {
    for (const [partition, tail] of this.#tails.entries()) {
      const next = ends[partition] ?? 0
      if (next > tail.durable) tail.reset({ next, timeMs: 0 })
    }
  }

  #wake(): void {
    for (const { bell } of this.#tails) bell.ring()
  }

  #check(): void {
    if (this.#isClosed) throw closedError()
    if (this.#stopped !== undefined) throw this.#stopped
  }
}
