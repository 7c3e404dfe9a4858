import type { Clock } from '../ports/clock.ts'

/** How fast recorded time goes where it is ahead: so it is caught up with, and durations are a tenth longer at most. */
const PACE = 0.9

/**
 * The time of one shard: this process's clock, and where the log has been told a later time, that goes on from there, a
 * little slower, until the clock is with it again. So a clock that jumped an hour ahead, or back, once, makes no timer of
 * ten minutes fire at once or an hour late.
 */
export class ShardTime {
  readonly #clock: Clock
  readonly #startMs: number
  readonly #recordedMs: number

  /** `recordedMs`: the latest time in the shard's log, as its owner takes over. */
  constructor(clock: Clock, recordedMs: number) {
    this.#clock = clock
    this.#startMs = clock.nowMs()
    this.#recordedMs = recordedMs
  }

  nowMs(): number {
    const nowMs = this.#clock.nowMs()
    return Math.max(nowMs, this.#recordedMs + PACE * (nowMs - this.#startMs))
  }

  /** The time of something that was sent at `sentMs` by its sender's clock: never ahead of the shard's own. */
  at(sentMs: number): number {
    const nowMs = this.nowMs()
    // While the log is ahead of all clocks, what they say is of no use.
    return nowMs > this.#clock.nowMs() ? Math.floor(nowMs) : Math.min(sentMs, Math.floor(nowMs))
  }

  /** How long to wait, in milliseconds, until it is `dueMs`. */
  until(dueMs: number): number {
    const nowMs = this.nowMs()
    return nowMs > this.#clock.nowMs() ? (dueMs - nowMs) / PACE : dueMs - nowMs
  }
}
