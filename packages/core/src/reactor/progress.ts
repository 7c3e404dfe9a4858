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
  /** How often it has been tried: once, and once for every retry. */
  readonly tries: number
  /** For an operator. Holds nothing of the event's data. */
  readonly reason: string
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

  constructor(next = 0, parked: Iterable<ParkedReaction> = [], freed: Iterable<FreedKey> = []) {
    this.next = next
    this.parked = new Map([...parked].map((each) => [each.key, each]))
    this.freed = new Map([...freed].map(({ key, until }) => [key, until]))
  }

  apply({ next, parked = [], freed = [] }: Omit<ReactedData, 'reactor'>): void {
    for (const each of parked) this.parked.set(each.key, each)
    for (const { key, until } of freed) {
      this.parked.delete(key)
      this.freed.set(key, until)
    }
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
