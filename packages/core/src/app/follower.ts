import { MillraceError } from '../errors.ts'
import { positionAfter, toText } from '../position.ts'
import { Signal } from '../internal/signal.ts'
import type { Batch, Log, NewRecord } from '../ports/log.ts'
import type { Json } from '../schema.ts'
import { RecentCommands } from '../shard/recent-commands.ts'
import type { Receipt } from './app.ts'
import type { ParkedCommands } from './parked-commands.ts'
import type { Trace } from './trace.ts'

/** One who waits for the answer to a command. */
export interface Waiter {
  readonly fingerprint: number
  readonly resolve: (receipt: Receipt) => void
  readonly reject: (error: Error) => void
}

/** The answers of one kind that went by, since the start of the process. */
export interface Counts {
  accepted: number
  rejected: number
  failed: number
  repeated: number
  parked: number
  events: number
}

export interface FollowerContext {
  readonly log: Log
  readonly waiters: Map<string, Waiter[]>
  readonly counts: Counts
  readonly parked: ParkedCommands
  readonly trace: Trace
  readonly rememberedPositions: number
}

/**
 * Reads `events[partition]` as it grows, whoever writes it: learns which commands have been answered, and tells those
 * who wait. The log is where answers are, so it makes no difference which process decided.
 */
export class Follower {
  readonly #context: FollowerContext
  readonly #partition: number
  readonly #moved = new Signal()
  readonly recent: RecentCommands
  /** The next offset to read. */
  next: number

  constructor(partition: number, from: number, context: FollowerContext) {
    this.#partition = partition
    this.#context = context
    this.next = from
    this.recent = new RecentCommands(context.rememberedPositions)
  }

  async run(signal: AbortSignal): Promise<void> {
    for await (const batch of this.#context.log.read(this.#partition, this.next, signal)) {
      this.#take(batch)
      this.#moved.fire()
    }
  }

  /** Resolves once all before `offset` has been read, or `signal` aborts. */
  async reached(offset: number, signal: AbortSignal): Promise<void> {
    while (this.next < offset && !signal.aborted) await this.#moved.wait(signal)
  }

  /** Forgets the ids of what was decided but has not been read from the log: it may never get there. */
  forgetUnread(): void {
    this.recent.forgetFrom(this.next)
  }

  /** The answer at `offset`, read from the log. */
  async receiptAt(offset: number): Promise<{ readonly receipt: Receipt; readonly first: NewRecord }> {
    const stop = new AbortController()
    try {
      for await (const batch of this.#context.log.read(this.#partition, offset, stop.signal)) {
        if (batch.next <= offset) continue
        const record = batch.records[offset - batch.first]
        if (record === undefined) break
        // It may have been found by a record in the middle: where this process began to read.
        const at = offset - batch.first - record.index
        const end = endOfCommand(batch.records, at)
        return { receipt: toReceipt(batch, at, end), first: record }
      }
    } finally {
      stop.abort()
    }
    throw new MillraceError('LOG_UNAVAILABLE', `the answer at offset ${offset} of partition ${this.#partition} could not be read`)
  }

  #take(batch: Batch): void {
    const { records } = batch
    const { waiters, counts, parked, trace } = this.#context
    for (let at = Math.max(0, this.next - batch.first); at < records.length;) {
      const first = records[at]!
      const end = endOfCommand(records, at)
      if (first.kind === 'parked') {
        counts.parked++
        parked.add(this.#partition, first)
      } else if (first.kind !== 'owned' && first.kind !== 'reacted') {
        count(counts, records, at, end)
        if (first.kind !== 'repeated') this.recent.add(first.commandId, batch.first + at)
        const waiting = waiters.get(first.commandId)
        if (waiting !== undefined) {
          waiters.delete(first.commandId)
          this.#tell(waiting, batch, at, end)
        }
      }
      at = end
    }
    this.next = batch.next
    trace.batch(batch, 'durable')
  }

  #tell(waiting: readonly Waiter[], batch: Batch, at: number, end: number): void {
    const first = batch.records[at]!
    if (first.kind === 'repeated') {
      const { offset } = JSON.parse(first.data) as { readonly offset: number }
      this.receiptAt(offset).then(
        (found) => tellAll(waiting, found.first, found.receipt),
        (error: unknown) => waiting.forEach(({ reject }) => reject(error as Error)),
      )
    } else tellAll(waiting, first, toReceipt(batch, at, end))
  }
}

function tellAll(waiting: readonly Waiter[], first: NewRecord, receipt: Receipt): void {
  for (const { fingerprint, resolve, reject } of waiting) {
    if (fingerprint === first.fingerprint) resolve(receipt)
    else reject(reused(first.commandId))
  }
}

export const reused = (commandId: string): MillraceError =>
  new MillraceError(
    'COMMAND_ID_REUSED',
    `command id '${commandId}' was used before for another command; send this one with an id of its own`,
    {
      at: { commandId },
    },
  )

/** The records of one command are contiguous, and never in two batches. */
function endOfCommand(records: readonly NewRecord[], start: number): number {
  const { commandId } = records[start]!
  let end = start + 1
  while (end < records.length && records[end]!.commandId === commandId && records[end]!.index > 0) end++
  return end
}

function count(counts: Counts, records: readonly NewRecord[], start: number, end: number): void {
  const { kind } = records[start]!
  if (kind === 'rejected' || kind === 'failed' || kind === 'repeated') counts[kind]++
  else counts.accepted++
  for (let at = start; at < end; at++) if (records[at]!.kind === 'event') counts.events++
}

function toReceipt(batch: Batch, start: number, end: number): Receipt {
  const { kind, commandId, data } = batch.records[start]!
  const position = toText(positionAfter(batch.partition, batch.first + end - 1))
  if (kind === 'rejected') {
    const { code, details } = JSON.parse(data) as { readonly code: string; readonly details: Readonly<Record<string, Json>> }
    return { commandId, outcome: 'rejected', events: [], position, code, details }
  }
  if (kind === 'failed') {
    return { commandId, outcome: 'failed', events: [], position, message: (JSON.parse(data) as { readonly message: string }).message }
  }
  const events: { readonly type: string; readonly data: Json }[] = []
  for (let at = start; at < end; at++) {
    const record = batch.records[at]!
    if (record.kind === 'event') events.push({ type: record.type, data: JSON.parse(record.data) as Json })
  }
  return { commandId, outcome: 'accepted', events, position }
}
