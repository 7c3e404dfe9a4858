import type { Clock } from '../../ports/clock.ts'
import type { Watcher } from './watcher.ts'

/** So many are told in one turn: then comes what else waits, and what telling them left behind can be collected young. */
const AT_ONCE = 1_000
/** Telling takes at most one part in so many of the time: the more watch, the more changes go in one. */
const REST_FACTOR = 4
const MAX_REST_MS = 100
/** Patches are kept so long after the last one who watched has left: most who come back do so at once. */
const LINGER_MS = 10_000

/** All who watch one answer. */
export class Watchers {
  readonly #clock: Clock
  readonly #all = new Set<Watcher>()
  #leftMs = -Infinity
  #restUntilMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get size(): number {
    return this.#all.size
  }

  /** Nobody watches, but somebody did a moment ago. */
  get haveJustLeft(): boolean {
    return this.#all.size === 0 && this.#clock.nowMs() - this.#leftMs <= LINGER_MS
  }

  /** So long nobody is to be told anything. */
  get restMs(): number {
    return Math.max(0, this.#restUntilMs - this.#clock.nowMs())
  }

  has(watcher: Watcher): boolean {
    return this.#all.has(watcher)
  }

  add(watcher: Watcher): void {
    this.#all.add(watcher)
  }

  delete(watcher: Watcher): void {
    if (this.#all.delete(watcher) && this.#all.size === 0) this.#leftMs = this.#clock.nowMs()
  }

  /** Tells those who wait, and have not seen change number `count`, that there is something. `sinceMs`: when that was begun. */
  async wake(count: number, sinceMs: number): Promise<void> {
    let startMs = sinceMs
    let tookMs = 0
    let woken = 0
    for (const watcher of this.#all) {
      if (!watcher.isWaiting || watcher.seen === count) continue
      if (woken === AT_ONCE) {
        tookMs += this.#clock.nowMs() - startMs
        await new Promise<void>((resolve) => this.#clock.after(0, resolve))
        startMs = this.#clock.nowMs()
        woken = 0
      }
      woken++
      watcher.isWaiting = false
      watcher.onReady()
    }
    const nowMs = this.#clock.nowMs()
    this.#restUntilMs = nowMs + Math.min((tookMs + nowMs - startMs) * REST_FACTOR, MAX_REST_MS)
  }

  end(error: Error): void {
    for (const { onEnd } of [...this.#all]) onEnd?.(error)
    this.#all.clear()
  }
}
