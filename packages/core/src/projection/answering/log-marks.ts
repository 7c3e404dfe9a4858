import type { Clock } from '../../ports/clock.ts'
import type { Log } from '../../ports/log.ts'
import { isReached, type Position } from '../../position.ts'

/** How old the latest mark may be before another is taken in passing, and before somebody waits for one, in milliseconds. */
const RENEW_AFTER_MS = 500
const WAIT_AFTER_MS = 1_000
/** So long at most: a log that does not answer makes answers older, not slower. */
const MAX_WAIT_MS = 50
/** Marks kept: the older ones further and further apart. */
const MAX_MARKS = 128

/** All that was in the log at a moment, in epoch milliseconds, is before this position. */
export interface Mark {
  readonly atMs: number
  readonly end: Position
}

/**
 * How far the log was at moments that are known, so that a read model can tell how old it is: whoever wrote, and whatever
 * this instance has read of it. Taken only while somebody asks.
 */
export class LogMarks {
  readonly #log: Pick<Log, 'ends'>
  readonly #clock: Clock
  #marks: readonly Mark[] = []
  #taking: Promise<Mark> | undefined
  /** Begins when the one under way is done: who asks now must not be told of before. */
  #next: Promise<Mark> | undefined

  constructor(log: Pick<Log, 'ends'>, clock: Clock) {
    this.#log = log
    this.#clock = clock
  }

  /** The latest moment of which `position` has everything; -Infinity where none is known. */
  asOfMs(position: Position): number {
    return this.#marks.findLast(({ end }) => isReached(position, end))?.atMs ?? -Infinity
  }

  /** A mark of now or later. Many who ask at once share one. Rejects where the log does. */
  take(): Promise<Mark> {
    if (this.#taking === undefined) return this.#begin()
    const begin = (): Promise<Mark> => {
      this.#next = undefined
      return this.#begin()
    }
    return (this.#next ??= this.#taking.then(begin, begin))
  }

  /** Sees to it that there is a mark of late. A promise only where that is worth a moment's wait. */
  renew(): Promise<void> | undefined {
    const ageMs = this.#clock.nowMs() - (this.#marks.at(-1)?.atMs ?? -Infinity)
    if (ageMs < RENEW_AFTER_MS) return undefined
    const isAway = this.#taking !== undefined && ageMs >= WAIT_AFTER_MS
    const taken = (this.#taking ?? this.#begin()).then(
      () => undefined,
      () => undefined,
    )
    return ageMs < WAIT_AFTER_MS || (isAway && this.#isSlow) ? undefined : this.#atMost(taken)
  }

  /** Somebody has waited for the mark that is being taken, in vain. */
  #isSlow = false

  #atMost(taken: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const giveUp = this.#clock.after(MAX_WAIT_MS, () => {
        this.#isSlow = this.#taking !== undefined
        resolve()
      })
      void taken.then(() => {
        giveUp()
        resolve()
      })
    })
  }

  #begin(): Promise<Mark> {
    const atMs = this.#clock.nowMs()
    const taking = this.#log.ends().then((ends) => {
      const mark = { atMs, end: new Map(ends.entries()) }
      this.#add(mark)
      return mark
    })
    const done = (): void => {
      this.#taking = undefined
      this.#isSlow = false
    }
    this.#taking = taking
    taking.then(done, done)
    return taking
  }

  #add(mark: Mark): void {
    const { length } = this.#marks
    const kept = length < MAX_MARKS ? this.#marks : this.#marks.filter((_, at) => at >= length / 2 || at % 2 === 0)
    this.#marks = [...kept, mark]
  }
}
