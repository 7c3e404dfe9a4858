import type { Clock } from '@millrace/core'

export interface VirtualClock extends Clock {
  /** Lets `ms` pass: runs what becomes due, in order, each at its own time, and lets promises settle in between. */
  advance(ms: number): Promise<void>
  /** How many callbacks wait. */
  readonly waiting: number
}

interface Timer {
  readonly dueMs: number
  readonly callback: () => void
}

/** A clock that stands still until it is told to go on. */
export function createVirtualClock({ startMs = 0 }: { readonly startMs?: number } = {}): VirtualClock {
  let nowMs = startMs
  const timers = new Set<Timer>() // insertion order decides between timers that are due at once

  const nextDue = (untilMs: number): Timer | undefined => {
    let next: Timer | undefined
    for (const timer of timers) if (timer.dueMs <= untilMs && (next === undefined || timer.dueMs < next.dueMs)) next = timer
    return next
  }

  return {
    nowMs: () => nowMs,
    after(delayMs, callback) {
      const timer = { dueMs: nowMs + Math.max(0, delayMs), callback }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    get waiting() {
      return timers.size
    },
    async advance(ms) {
      if (!(ms >= 0)) throw new TypeError(`advance: expected milliseconds of 0 or more, got ${ms}`)
      const untilMs = nowMs + ms
      await settled()
      for (let timer = nextDue(untilMs); timer !== undefined; timer = nextDue(untilMs)) {
        timers.delete(timer)
        nowMs = Math.max(nowMs, timer.dueMs)
        timer.callback()
        await settled()
      }
      nowMs = untilMs
    },
  }
}

/** One turn of the real event loop: promises that only wait for each other are done after it. */
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0))
