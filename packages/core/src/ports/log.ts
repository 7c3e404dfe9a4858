/** The log: two kinds of partitions, `commands[p]` and `events[p]`, and at most one owner of each pair. */

/** A command as it enters. `data` is JSON text; times are epoch milliseconds. */
export interface NewCommand {
  /** Unique in the app: a repeated id is answered as it was the first time. */
  readonly id: string
  readonly type: string
  /** The aggregate's key. It decides the partition. */
  readonly key: string
  readonly timeMs: number
  readonly data: string
  /** W3C trace context, where the sender has one. */
  readonly traceparent?: string | undefined
}

export interface StoredCommand extends NewCommand {
  readonly offset: number
}

/**
 * What a record of `events[p]` says. Every command leaves at least one of them:
 * - `event`: it was accepted, and this happened. `type` is the event's.
 * - `scheduled`, `cancelled`: a timer was set or taken back (`data`: see `shard-fold.ts`).
 * - `accepted`: it was accepted and left none of the above.
 * - `rejected`, `failed`: it was refused (`data` is `{ code, details }`), or could not be decided (`{ message }`).
 * - `repeated`: its id was known (`data` is `{ offset }` of the first answer).
 * - `owned`: no command's, but the marker of a new owner (`data` is `{ epoch, owner }`).
 */
export type RecordKind = 'event' | 'scheduled' | 'cancelled' | 'accepted' | 'rejected' | 'failed' | 'repeated' | 'owned'

/** A record of `events[p]` as its owner writes it. */
export interface NewRecord {
  readonly kind: RecordKind
  /** The event's type, or the command's where the record is no event. */
  readonly type: string
  readonly key: string
  /** The recorded time of the decision, in epoch milliseconds. Never goes back within a partition. */
  readonly timeMs: number
  /** JSON text. */
  readonly data: string
  /** The command (or timer) it answers. `commandId` and `index` together are the event's id. */
  readonly commandId: string
  /** Which record of its command: 0, 1, … The records of one command are contiguous. */
  readonly index: number
  /** The offset of the command in `commands[p]`, or -1 for a timer's or a marker. */
  readonly commandOffset: number
  /** A hash of the command's type and data: tells a repeat from another command under the same id. */
  readonly fingerprint: number
  readonly traceparent?: string | undefined
}

/** What one atomic append left in `events[partition]`: offsets `first` to `next - 1`. Never holds half a command. */
export interface Batch {
  readonly partition: number
  readonly first: number
  readonly next: number
  readonly records: readonly NewRecord[]
}

/**
 * Offsets are safe integers that start at 0; those of one owner's appends have no gaps. Every failure is a
 * `MillraceError`: `LOG_UNAVAILABLE` (not stored: the same call again is safe), `LOG_OUTCOME_UNKNOWN` (sent, no answer),
 * `LOG_FENCED` (a newer owner exists), `LOG_FULL` (no room: mend, then again), `LOG_DAMAGED` (what is stored cannot be
 * read), `LOG_CLOSED`. Adapters prove themselves with `logContract`.
 */
export interface Log extends AsyncDisposable {
  /** Partitions of commands, and of events. */
  readonly partitions: number

  /** Appends one command to `commands[partition]`. Resolves with its offset once it is durable. */
  submit(partition: number, command: NewCommand): Promise<number>

  /**
   * Runs `work` for every shard this process is given, again with a fresh one where it was lost, until `signal` aborts
   * and all have returned. A shard is given with its marker already appended. Another call takes the shards from this
   * one. Rejects where the log can't go on.
   */
  own(work: (shard: OwnedShard) => Promise<void>, signal: AbortSignal): Promise<void>

  /**
   * Yields the batches of `events[partition]` from offset `from` (where the first batch may begin earlier), oldest
   * first, durable ones only; then waits for more until `signal` aborts, which ends it without an error. Reads no
   * further ahead than what is taken.
   */
  read(partition: number, from: number, signal: AbortSignal): AsyncIterable<Batch>

  /** The offset after the last durable record of each `events[partition]`. */
  ends(): Promise<readonly number[]>
}

/** One partition, held. */
export interface OwnedShard {
  readonly partition: number
  /** Rises with every owner. */
  readonly epoch: number
  /** The offset of this owner's marker in `events[partition]`. What it must fold ends there. */
  readonly marker: number
  /** Aborts when the shard is to be given up: released, lost, fenced, or an append failed. */
  readonly signal: AbortSignal

  /**
   * Yields all commands waiting in `commands[partition]` from offset `from`, in order, at most `maxRecords` at once,
   * then waits for more; ends when `signal` aborts. A command may come before it is durable: nothing an owner appends
   * becomes durable unless the commands before it are.
   */
  commands(from: number, maxRecords: number): AsyncIterable<readonly StoredCommand[]>

  /**
   * Appends all of `records` (at least one) to `events[partition]`, or none. Resolves with the first one's offset once
   * durable. Calls may overlap and are stored in the order of the calls; once one has failed, so do all after it, and
   * `signal` aborts. A shard that is released (not lost) takes appends until its `work` has returned.
   */
  append(records: readonly NewRecord[]): Promise<number>
}
