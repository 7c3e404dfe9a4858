import type { Log, NewRecord } from '../ports/log.ts'

/** Events that are held in memory, at most, however many wait behind a key or for their next attempt. */
const MAX_HELD = 4_096
/** Of one key: what comes behind them is read from the log again when it is their turn, so that no key keeps others out. */
const MAX_HELD_PER_KEY = 256
/**
 * How many events may be taken on while one takes for ever: whoever their commands are for remembers each of them, until
 * that one is settled too.
 */
const MAX_AHEAD = 100_000
/** Done events at the front that are worth being removed. */
const MIN_SWEEP = 1_024

export interface PendingEvent {
  readonly offset: number
  readonly key: string
  readonly type: string
  /** When it was taken on, in epoch milliseconds. */
  readonly sinceMs: number
  /** Undefined while it is only in the log. */
  record: NewRecord | undefined
  isDone: boolean
}

/** One key's events, in their order: the first is being handled. */
interface Lane {
  events: PendingEvent[]
  /** Where the first is: those before it are done. */
  first: number
}

/** The events of one reactor in one partition that have been taken on and are not settled. */
export class PendingEvents {
  /** All since the first that is not done, in the order of the log. */
  #all: PendingEvent[] = []
  #first = 0
  readonly #lanes = new Map<string, Lane>()
  #held = 0
  /** How many are not done. */
  size = 0

  /** The one that keeps all others from counting as settled. */
  get oldest(): PendingEvent | undefined {
    return this.#all[this.#first]
  }

  get isFull(): boolean {
    return this.#held >= MAX_HELD || this.#all.length - this.#first >= MAX_AHEAD
  }

  /** Takes one on, behind all others. Returns it where nothing of its key is before it: it is to be handled now. */
  add(record: NewRecord, offset: number, nowMs: number): PendingEvent | undefined {
    const { key, type } = record
    const lane = this.#lanes.get(key)
    const isHeld = lane === undefined || lane.events.length - lane.first < MAX_HELD_PER_KEY
    const event: PendingEvent = { offset, key, type, sinceMs: nowMs, record: isHeld ? record : undefined, isDone: false }
    this.#all.push(event)
    this.size++
    if (isHeld) this.#held++
    if (lane !== undefined) return void lane.events.push(event)
    this.#lanes.set(key, { events: [event], first: 0 })
    return event
  }

  /** The first of its key is done. Returns the next, if there is one. */
  next(done: PendingEvent): PendingEvent | undefined {
    done.isDone = true
    done.record = undefined
    this.size--
    this.#held--
    while (this.#all[this.#first]?.isDone === true) this.#first++
    if (this.#first >= MIN_SWEEP && 2 * this.#first >= this.#all.length) {
      this.#all = this.#all.slice(this.#first)
      this.#first = 0
    }
    const lane = this.#lanes.get(done.key)!
    const next = lane.events[++lane.first]
    if (next === undefined) this.#lanes.delete(done.key)
    if (lane.first >= MIN_SWEEP && 2 * lane.first >= lane.events.length) {
      lane.events = lane.events.slice(lane.first)
      lane.first = 0
    }
    return next
  }

  /** Reads the first of a key, and those behind it, from the log again. Ends early where `signal` aborts. */
  async recall({ key, offset }: PendingEvent, log: Pick<Log, 'read'>, partition: number, signal: AbortSignal): Promise<void> {
    const lane = this.#lanes.get(key)!
    const missing = lane.events.slice(lane.first, lane.first + MAX_HELD_PER_KEY).filter(({ record }) => record === undefined)
    let at = 0
    for await (const { first, next, records } of log.read(partition, offset, signal)) {
      for (; at < missing.length && missing[at]!.offset < next; at++) {
        missing[at]!.record = records[missing[at]!.offset - first]
        this.#held++
      }
      if (at === missing.length) return
    }
  }
}
