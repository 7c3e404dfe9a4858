import type { NewRecord, StoredCommand } from '@millrace/core'
import type { DatabaseWorker } from '../worker/database-worker.ts'
import { DatabaseFailure, type Failure } from '../worker/failure.ts'
import { ByteWriter } from './bytes.ts'
import { ChunkWriter, MAX_CHUNK_CHARACTERS, type Table } from './chunk.ts'
import { toLogError } from './log-errors.ts'
import type { LogMessage } from './log-writer.ts'
import { writeCommands, writeRecords } from './records.ts'

/** What waits to be durable: a command, or an append of a shard. */
export interface Entry {
  readonly table: Table
  readonly partition: number
  readonly first: number
  readonly next: number
  readonly records: readonly StoredCommand[] | readonly NewRecord[]
  /** An owner's epoch, to be stored with its markers. */
  readonly epoch?: number
  resolve(first: number): void
  reject(error: Error): void
}

/** The log whose groups are committed. It is told before the entries are settled. */
export interface Committing {
  /** Whether `onStored` is to get a copy of the chunks. */
  wantsChunks(): boolean
  /** The chunks stand one behind the other; undefined where nobody wanted them when the group was encoded. */
  onStored(entries: readonly Entry[], chunks: Buffer | undefined): void
  onFailed(failure: Failure): void
}

/** One transaction takes about so many characters of data; the rest waits for the next one. */
const MAX_GROUP_CHARACTERS = 8 * 1024 * 1024

/**
 * All that waits goes to the disk as one transaction, in the order in which it came; while it is being committed, the
 * next group gathers. The first of a group waits until the event loop has turned, no timer: so what came in together,
 * and what the shards made of it, shares one fsync.
 */
export class GroupCommit {
  readonly #worker: DatabaseWorker
  readonly #log: Committing
  readonly #output = new ByteWriter(1024 * 1024)
  readonly #chunk = new ChunkWriter()
  #waiting: Entry[] = []
  #state: 'idle' | 'gathering' | 'committing' = 'idle'
  #idle: PromiseWithResolvers<void> | undefined

  constructor(worker: DatabaseWorker, log: Committing) {
    this.#worker = worker
    this.#log = log
  }

  add(entry: Entry): void {
    this.#waiting.push(entry)
    if (this.#state !== 'idle') return
    this.#state = 'gathering'
    setImmediate(() => this.#commit())
  }

  /** Resolves when nothing waits any more. */
  async drained(): Promise<void> {
    if (this.#state !== 'idle') await (this.#idle ??= Promise.withResolvers<void>()).promise
  }

  #commit(): void {
    const group = this.#takeGroup()
    if (group.length === 0) {
      this.#state = 'idle'
      this.#idle?.resolve()
      this.#idle = undefined
      return
    }
    this.#state = 'committing'
    let message: LogMessage & { readonly kind: 'append' }
    try {
      message = this.#encode(group)
    } catch (error) {
      return this.#fail(group, { kind: 'other', message: String(error), outcomeUnknown: false })
    }
    const chunks = this.#log.wantsChunks() ? Buffer.from(new Uint8Array(message.bytes)) : undefined
    this.#worker.call(message, [message.bytes]).then(
      () => {
        // The disk rests only when nothing waits; then what the answers set off this turn may still come together.
        const hasNext = this.#waiting.length > 0
        if (hasNext) this.#commit()
        this.#log.onStored(group, chunks)
        for (const entry of group) entry.resolve(entry.first)
        if (!hasNext) setImmediate(() => this.#commit())
      },
      (error: unknown) =>
        this.#fail(
          group,
          error instanceof DatabaseFailure ? error.failure : { kind: 'other', message: String(error), outcomeUnknown: true },
        ),
    )
  }

  #fail(group: readonly Entry[], failure: Failure): void {
    const later = this.#waiting
    this.#waiting = []
    this.#log.onFailed(failure)
    for (const entry of group) entry.reject(toLogError(failure, entry))
    for (const entry of later) entry.reject(toLogError({ ...failure, outcomeUnknown: false }, entry))
    setImmediate(() => this.#commit())
  }

  #takeGroup(): readonly Entry[] {
    let characters = 0
    let count = 0
    for (const { records } of this.#waiting) {
      if (count > 0 && characters >= MAX_GROUP_CHARACTERS) break
      for (const { data } of records) characters += data.length
      count++
    }
    const group = count === this.#waiting.length ? this.#waiting : this.#waiting.slice(0, count)
    this.#waiting = count === this.#waiting.length ? [] : this.#waiting.slice(count)
    return group
  }

  #encode(group: readonly Entry[]): LogMessage & { readonly kind: 'append' } {
    const slots = new Map<number, Entry[]>()
    let epoch: number | undefined
    for (const entry of group) {
      const slot = entry.partition * 2 + (entry.table === 'events' ? 1 : 0)
      const entries = slots.get(slot)
      if (entries === undefined) slots.set(slot, [entry])
      else entries.push(entry)
      epoch = entry.epoch ?? epoch
    }
    this.#output.length = 0
    for (const entries of slots.values()) {
      for (let from = 0; from < entries.length;) {
        const to = chunkEnd(entries, from)
        this.#encodeChunk(entries.slice(from, to))
        from = to
      }
    }
    const { buffer, byteOffset } = this.#output.bytes
    const bytes = (buffer as ArrayBuffer).slice(byteOffset, byteOffset + this.#output.length)
    return { kind: 'append', bytes, epoch }
  }

  #encodeChunk(entries: readonly Entry[]): void {
    const [entry] = entries as [Entry]
    const { table, partition, first } = entry
    const records = entries.length === 1 ? entry.records : entries.flatMap(({ records }): readonly (StoredCommand | NewRecord)[] => records)
    if (table === 'commands') writeCommands(this.#chunk, records as readonly StoredCommand[])
    else writeRecords(this.#chunk, records as readonly NewRecord[])
    this.#chunk.finish(this.#output, table, { partition, first, count: records.length })
  }
}

/** Never parts an append: a chunk is read as a whole, and a batch never holds half a command. */
function chunkEnd(entries: readonly Entry[], from: number): number {
  let characters = 0
  let to = from
  for (; to < entries.length && characters < MAX_CHUNK_CHARACTERS; to++) {
    for (const { data } of entries[to]?.records ?? []) characters += data.length
  }
  return to
}
