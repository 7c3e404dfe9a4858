import type { MillraceError } from '../errors.ts'

/** The log: two kinds of partitions, `commands[p]` and `events[p]`, and at most one owner of each pair. */

/** A command as it enters. `data` is JSON text; times are whole epoch milliseconds. */
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
  /** True where another client wrote it: then nobody has checked it, and its owner must before it decides. */
  readonly isForeign?: boolean
}

/** What lies in `commands[partition]` and cannot be read as a command. */
export interface UnreadableCommand {
  readonly offset: number
  /** When it came, in epoch milliseconds. */
  readonly timeMs: number
  /** Why, in words for an operator. Never payloads: they may be personal data. */
  readonly unreadable: string
}

/**
 * What a record of `events[p]` says. Every command leaves at least one of them:
 * - `event`: it was accepted, and this happened. `type` is the event's.
 * - `scheduled`, `cancelled`: a timer was set or taken back (`data`: see `shard-fold.ts`).
 * - `accepted`: it was accepted and left none of the above.
 * - `rejected`, `failed`: it was refused (`data` is `{ code, details }`), or could not be decided (`{ message }`).
 * - `repeated`: its id was known (`data` is `{ offset }` of the first answer), or it is a reactor's and has been decided
 *   (`{}`: nobody waits for it).
 * - `parked`: what lay at `commandOffset` was no command of this app (`data` is `{ reason }`); it was passed over.
 * - `reacted`: no command's, but how far a reactor has come (`data`: see `reactor/progress.ts`).
 * - `owned`: no command's, but the marker of a new owner (`data` is `{ epoch, owner }`), or of one that goes on
 *   (`{ epoch, renewed: true }`).
 */
export type RecordKind =
  'event' | 'scheduled' | 'cancelled' | 'accepted' | 'rejected' | 'failed' | 'repeated' | 'parked' | 'reacted' | 'owned'

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
  /** The offset of the command in `commands[p]`, or -1 for a timer's, a marker, and how far a reactor has come. */
  readonly commandOffset: number
  /** A hash of the command's type and data: tells a repeat from another command under the same id. */
  readonly fingerprint: number
  readonly traceparent?: string | undefined
}

/**
 * What one atomic append left in `events[partition]`: offsets `first` to `next - 1`, a record for each. Never holds half a
 * command. The next batch may begin later than at `next`: offsets may have gaps between batches. One without records
 * (`first` is `next`) says only that all before it has been read, where the log ends with a gap.
 */
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
  /** Tells this log from every other, for as long as it exists: what was folded from another is of no use with it. */
  readonly identity: string
  /** Partitions of commands, and of events. */
  readonly partitions: number
  /** The records of one command may take at most so many bytes, each counted as `recordBytes` has it. */
  readonly maxCommandBytes: number

  /**
   * What keeps the log from taking commands, or this process from owning its share of the shards, at this moment:
   * undefined where nothing does. While `own` waits for its first shards, or for others after a loss, that is trouble too.
   */
  trouble(): MillraceError | undefined

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
   * first, durable ones only; then waits for more until `signal` aborts, which ends it without an error. Reads
   * ahead of what is taken by a bounded amount at most.
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
  /** Where the log forgets its owners: append a record of kind `owned` this often, and it takes it as a new marker. */
  readonly renewEveryMs?: number

  /**
   * Yields all commands waiting in `commands[partition]` from offset `from`, in order, at most `maxRecords` at once,
   * then waits for more; ends when `signal` aborts. A command may come before it is durable: nothing an owner appends
   * becomes durable unless the commands before it are.
   */
  commands(from: number, maxRecords: number): AsyncIterable<readonly (StoredCommand | UnreadableCommand)[]>

  /**
   * Appends `records` (at least one) to `events[partition]`: all, or the first few commands' with nothing after them,
   * never half a command. Resolves with the first one's offset once all are durable. Calls may overlap and are stored in
   * the order of the calls, without a gap; once one has failed, so do all after it, and `signal` aborts. A shard that is
   * released (not lost) takes appends until its `work` has returned.
   */
  append(records: readonly NewRecord[]): Promise<number>
}

/** What a record takes in a log at most, in bytes: texts at three bytes a UTF-16 unit, and the rest. */
export const recordBytes = ({ type, key, data, commandId }: Pick<NewRecord, 'type' | 'key' | 'data' | 'commandId'>): number =>
  3 * (type.length + 2 * key.length + data.length + 2 * commandId.length) + 1_024
