import { MAX_OPEN, MAX_OPEN_OFFSETS } from './reaction-id.ts'
import { merged, sizeOf, type Range } from './ranges.ts'

/** A key whose event could not be handled: it and all that follows for that key waits, in order. */
export interface ParkedReaction {
  readonly key: string
  /** Of the first event that waits, in the reactor's partition of events. */
  readonly offset: number
  readonly type: string
  /** When it was parked first, on the recorded clock, in epoch milliseconds. */
  readonly sinceMs: number
  /** The offset of the event that had it tried last: its own, or that of a retry. */
  readonly triedAt: number
  /** How often it has been tried: once, and once for every retry; 0 where it waits only for its turn. */
  readonly tries: number
  /** For an operator. Holds nothing of the event's data. */
  readonly reason: string
  /**
   * Where an owner of the shard may have sent commands for what waits and died before it noted that: of its events (or
   * retries) before this offset. They are then not vouched for, so that whoever got them knows them again, and a retry sends
   * them in the same name: that of the event itself, or `sentAs`.
   */
  readonly openBefore?: number
  /** In whose name the first that waits sends its commands, where a retry has begun it: that retry's, from that index on. */
  readonly sentAs?: { readonly offset: number; readonly index: number }
  /** The offset of the retry that has come so far, and is under way. */
  readonly begunBy?: number
  /** Commands of it may have been sent, and are not known again: a retry may do them twice. See `MAX_OPEN_OFFSETS`. */
  readonly mayRepeat?: true
}

/** The `data` of a `reacted` record: how far a reactor has come in the partition that the record lies in. */
export interface ReactedData {
  readonly reactor: string
  /** The commands of all events before it are in the log, but for those of keys that are parked. */
  readonly next: number
  /** Keys that are parked since, or again. */
  readonly parked?: readonly ParkedReaction[]
  /** Keys that are not parked any more: all their events before `until` have been handled. */
  readonly freed?: readonly FreedKey[]
}

export interface FreedKey {
  readonly key: string
  readonly until: number
}

/** How far a reactor has come in one partition: the fold of its `reacted` records. */
export class ReactorProgress {
  next: number
  readonly parked: Map<string, ParkedReaction>
  /** By key, where its events before an offset beyond `next` have been handled: out of turn, as it was freed. */
  readonly freed: Map<string, number>
  #open: readonly Range[] | undefined

  constructor(next = 0, parked: Iterable<ParkedReaction> = [], freed: Iterable<FreedKey> = []) {
    this.next = next
    this.parked = new Map([...parked].map((each) => [each.key, each]))
    this.freed = new Map([...freed].map(({ key, until }) => [key, until]))
  }

  /** What is not to be vouched for: see `ParkedReaction.openBefore`. */
  get open(): readonly Range[] {
    return (this.#open ??= openOf(this.parked.values()))
  }

  /** Whether that stays small enough with one more. */
  hasRoomFor(parked: ParkedReaction): boolean {
    return sizeOf(openOf([...this.parked.values(), parked])) <= MAX_OPEN_OFFSETS
  }

  apply({ next, parked = [], freed = [] }: Omit<ReactedData, 'reactor'>): void {
    for (const each of parked) this.parked.set(each.key, each)
    for (const { key, until } of freed) {
      this.parked.delete(key)
      this.freed.set(key, until)
    }
    if (parked.length > 0 || freed.length > 0) this.#open = undefined
    if (next <= this.next) return
    this.next = next
    for (const [key, until] of this.freed) if (until <= next) this.freed.delete(key)
  }

  /** Whether the event at `offset` has been handled with those before it, or waits with them. */
  isPast(key: string, offset: number): boolean {
    return this.parked.has(key) || (this.freed.get(key) ?? 0) > offset
  }

  stored(): StoredProgress {
    return { next: this.next, parked: [...this.parked.values()], freed: [...this.freed].map(([key, until]) => ({ key, until })) }
  }

  static from({ next, parked, freed }: StoredProgress): ReactorProgress {
    return new ReactorProgress(next, parked, freed)
  }
}

/** As a checkpoint has it. */
export interface StoredProgress {
  readonly next: number
  readonly parked: readonly ParkedReaction[]
  readonly freed: readonly FreedKey[]
}

/** Those of one takeover end where it began, and are one. */
function openOf(parked: Iterable<ParkedReaction>): readonly Range[] {
  const byEnd = new Map<number, number>()
  for (const { offset, openBefore, sentAs } of parked)
    if (openBefore !== undefined) byEnd.set(openBefore, Math.min(sentAs?.offset ?? offset, byEnd.get(openBefore) ?? Infinity))
  return merged(
    [...byEnd].map(([before, from]): Range => [from, before]),
    MAX_OPEN,
  )
}
