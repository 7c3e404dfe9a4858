/** Time, as a simulation can control it. */
export interface Clock {
  /** Epoch milliseconds, fractions included. Never goes back while the process runs, whatever the wall clock does. */
  nowMs(): number
  /** Calls back once, `delayMs` from now or a little later. The returned function takes it back. */
  after(delayMs: number, callback: () => void): () => void
}

/** The process's own clock: monotonic since start, so that a jump of the wall clock neither fires nor delays anything. */
export const systemClock: Clock = {
  nowMs: () => performance.timeOrigin + performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, Math.min(delayMs, 0x7fffffff))
    return () => clearTimeout(timer)
  },
}
