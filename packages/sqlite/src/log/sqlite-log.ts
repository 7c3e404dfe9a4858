import type { Batch, Clock, Log, MillraceError, NewCommand, NewRecord, OwnedShard } from '@millrace/core'
import type { Lock } from '../lock.ts'
import type { DatabaseWorker } from '../worker/database-worker.ts'
import type { Failure } from '../worker/failure.ts'
import { CommandTail } from './command-tail.ts'
import { EventTail, TAIL_CHARACTERS } from './event-tail.ts'
import { Followers } from './following/followers.ts'
import { GroupCommit, type Entry } from './group-commit.ts'
import { closedError, fencedError, isFinal, lostError, readOnlyError, takingError } from './log-errors.ts'
import type { LogFile } from './log-file.ts'
import { Ownership, type Tenure } from './ownership.ts'
import { readCommands, readEvents } from './readers.ts'
import { Turns } from './turns.ts'

export interface LogParts {
  readonly file: LogFile
  readonly worker: DatabaseWorker
  readonly lock: Lock
  readonly clock: Clock
}

interface RunningTenure {
  readonly epoch: number
  readonly controller: AbortController
  /** Its markers are durable. */
  isHeld: boolean
  lost: MillraceError | undefined
}

/** The `Log` of one directory: one process, all partitions, one writing thread. */
export class SqliteLog implements Log {
  readonly partitions: number
  readonly maxCommandBytes: number = Infinity
  readonly identity: string
  readonly #parts: LogParts
  readonly #commands: readonly CommandTail[]
  readonly #events: readonly EventTail[]
  readonly #group: GroupCommit
  readonly #turns = new Turns()
  readonly #ownership: Ownership
  readonly #followers: Followers
  #tenure: RunningTenure | undefined
  #epoch: number
  /** Why nothing can be written any more. */
  #broken: MillraceError | undefined
  #closing: Promise<void> | undefined
  #isClosed = false

  constructor(parts: LogParts) {
    const { file, worker, clock } = parts
    this.#parts = parts
    this.partitions = file.partitions
    this.identity = file.identity
    this.#epoch = file.epoch
    const all = Array.from({ length: file.partitions }, (_, partition) => partition)
    this.#commands = all.map((partition) => new CommandTail(file.end('commands', partition).next))
    const maxCharacters = TAIL_CHARACTERS / file.partitions
    this.#events = all.map((partition) => new EventTail(file.end('events', partition), maxCharacters))
    this.#followers = new Followers({
      identity: file.identity,
      partitions: file.partitions,
      durable: () => this.#events.map(({ durable }) => durable),
      trouble: () => this.trouble(),
      submit: (partition, command) => this.submit(partition, command),
    })
    this.#group = new GroupCommit(worker, {
      wantsChunks: () => this.#followers.areThere,
      onStored: (entries, chunks) => this.#onStored(entries, chunks),
      onFailed: (failure) => this.#onFailed(failure),
    })
    this.#ownership = new Ownership({ clock, take: () => this.#take(), check: () => this.#checkWritable() })
  }

  /** Lets other processes follow, from now on. Never fails: see `Followers`. */
  admitFollowers(directory: string): Promise<void> {
    return this.#followers.listen(directory)
  }

  trouble(): MillraceError | undefined {
    if (this.#closing !== undefined) return closedError()
    if (this.#broken !== undefined) return this.#broken
    const { isHeld, lost } = this.#tenure ?? { isHeld: false, lost: undefined }
    return !this.#ownership.isWanted || (isHeld && lost === undefined) ? undefined : (lost ?? takingError())
  }

  submit(partition: number, command: NewCommand): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#checkWritable()
      const tail = at(this.#commands, partition)
      const first = tail.end
      const { id, type, key, timeMs, data, traceparent } = command
      const stored = { offset: first, id, type, key, timeMs, data, traceparent }
      this.#group.add({ table: 'commands', partition, first, next: first + 1, records: [stored], resolve, reject })
      tail.push(stored)
    })
  }

  async own(work: (shard: OwnedShard) => Promise<void>, signal: AbortSignal): Promise<void> {
    const owning = this.#ownership.own(work, signal)
    this.#followers.publishTrouble()
    try {
      await owning
    } finally {
      this.#followers.publishTrouble()
    }
  }

  read(partition: number, from: number, signal: AbortSignal): AsyncIterable<Batch> {
    const { file } = this.#parts
    return readEvents(
      { file, partition, tail: at(this.#events, partition), turns: this.#turns, check: () => this.#checkOpen() },
      from,
      signal,
    )
  }

  ends(): Promise<readonly number[]> {
    return this.#isClosed ? Promise.reject(closedError()) : Promise.resolve(this.#events.map(({ durable }) => durable))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    const { file, worker, lock } = this.#parts
    this.#lose(closedError())
    await this.#group.drained()
    await this.#followers.close()
    this.#isClosed = true
    this.#ownership.wake()
    for (const { bell } of [...this.#events, ...this.#commands]) bell.ring()
    file.close() // before the worker: the last to close a database tidies up, and this connection may not write
    try {
      await worker.call({ kind: 'close' })
    } catch {
      // All that was acknowledged is durable; what failed here was tidying up.
    }
    await worker.terminate()
    lock.release()
  }

  /** Takes all shards from whoever has them. What they appended before is stored before the markers. */
  async #take(): Promise<{ readonly tenure: Tenure; readonly shards: readonly OwnedShard[] }> {
    const epoch = ++this.#epoch
    this.#lose(fencedError(this.#tenure?.epoch ?? 0))
    const tenure: RunningTenure = { epoch, isHeld: false, lost: undefined, controller: new AbortController() }
    this.#tenure = tenure
    const owner = `process ${process.pid}`
    const markers = await Promise.all(
      this.#events.map((tail, partition) => {
        const timeMs = Math.max(tail.timeMs, this.#parts.clock.nowMs())
        const data = JSON.stringify({ epoch, owner })
        const marker: NewRecord = {
          kind: 'owned',
          type: 'owned',
          key: '',
          timeMs,
          data,
          commandId: '',
          index: 0,
          commandOffset: -1,
          fingerprint: 0,
        }
        return this.#append(partition, [marker], epoch)
      }),
    )
    tenure.isHeld = true
    this.#followers.publishTrouble()
    const { signal } = tenure.controller
    const { file } = this.#parts
    const turns = this.#turns
    const check = (): void => this.#checkOpen()
    const shards = markers.map((marker, partition): OwnedShard => {
      const tail = at(this.#commands, partition)
      return {
        partition,
        epoch,
        marker,
        signal,
        commands: (from, maxRecords) => readCommands({ file, partition, tail, turns, check }, { from, maxRecords }, signal),
        append: (records) => (tenure.lost === undefined ? this.#append(partition, records) : Promise.reject(tenure.lost)),
      }
    })
    return {
      shards,
      tenure: {
        epoch,
        signal,
        get lost() {
          return tenure.lost
        },
        end: () => tenure.controller.abort(),
      },
    }
  }

  #append(partition: number, records: readonly NewRecord[], epoch?: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#checkWritable()
      if (records.length === 0) throw new TypeError('an append takes at least one record')
      const tail = at(this.#events, partition)
      const first = tail.end
      tail.end += records.length
      tail.timeMs = records.at(-1)?.timeMs ?? tail.timeMs
      this.#group.add({
        table: 'events',
        partition,
        first,
        next: tail.end,
        records,
        resolve,
        reject,
        ...(epoch === undefined ? {} : { epoch }),
      })
    })
  }

  #onStored(entries: readonly Entry[], chunks: Buffer | undefined): void {
    for (const { table, partition, first, next, records } of entries) {
      if (table === 'commands') at(this.#commands, partition).settle(next)
      else at(this.#events, partition).push({ partition, first, next, records: records as readonly NewRecord[] })
    }
    this.#followers.publish(chunks)
  }

  /** Back to what is durable: nobody may go on from what is not. */
  #onFailed(failure: Failure): void {
    if (isFinal(failure)) this.#broken = readOnlyError(failure)
    this.#lose(lostError(failure))
    for (const [partition, tail] of this.#commands.entries()) tail.reset(this.#endAfter(failure, 'commands', partition, tail.durable).next)
    for (const [partition, tail] of this.#events.entries()) tail.reset(this.#endAfter(failure, 'events', partition, tail.durable))
    this.#followers.publish(undefined)
    this.#followers.publishTrouble()
    this.#ownership.wake()
  }

  /** The worker may have stored what it could not report; where the disk failed, what it says now is not to be trusted. */
  #endAfter(
    failure: Failure,
    table: 'commands' | 'events',
    partition: number,
    durable: number,
  ): { readonly next: number; readonly timeMs: number } {
    const { timeMs } = at(this.#events, partition)
    if (!failure.outcomeUnknown || isFinal(failure)) return { next: durable, timeMs }
    try {
      return { next: this.#parts.file.end(table, partition).next, timeMs }
    } catch (error) {
      this.#broken ??= error as MillraceError
      return { next: durable, timeMs }
    }
  }

  #lose(why: MillraceError): void {
    if (this.#tenure === undefined) return
    this.#tenure.lost ??= why
    this.#tenure.controller.abort()
    this.#followers.publishTrouble()
  }

  #checkOpen(): void {
    if (this.#isClosed) throw closedError()
  }

  #checkWritable(): void {
    if (this.#closing !== undefined) throw closedError()
    if (this.#broken !== undefined) throw this.#broken
  }
}

function at<Item>(items: readonly Item[], partition: number): Item {
  const item = items[partition]
  if (item === undefined) throw new TypeError(`partition: expected 0 to ${items.length - 1}, got ${partition}`)
  return item
}
