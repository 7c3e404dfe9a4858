import { MillraceError } from '../errors.ts'
import { pause } from '../internal/pause.ts'
import type { Clock } from '../ports/clock.ts'
import type { ReadStore } from '../ports/read-store.ts'
import type { SharedReadStore } from '../ports/shared-read-store.ts'

/** So long may commits fail in a store that is not known to be away before it is told, in milliseconds: a few attempts. */
const PATIENCE_MS = 15_000

export interface StoreTroubleContext {
  readonly clock: Clock
  readonly onTrouble: (error: Error) => void
  readonly onRecovery: (message: string) => void
}

/** What keeps the read store from being used: told once for all read models when it begins, and once when it is over. */
export class StoreTrouble {
  readonly #clock: Clock
  readonly #isWatched: boolean
  #now: MillraceError | undefined
  /** When it changed last. */
  #sinceMs: number
  /** Aborts, and is another one then, when the store is back. */
  #recovery = new AbortController()

  constructor(store: ReadStore | SharedReadStore, { clock, onTrouble, onRecovery }: StoreTroubleContext) {
    this.#clock = clock
    this.#sinceMs = clock.nowMs()
    this.#isWatched = store.isShared && store.watch !== undefined
    if (!store.isShared) return
    store.watch?.((trouble) => {
      const [before, sinceMs] = [this.#now, this.#sinceMs]
      this.#now = trouble
      if ((before === undefined) === (trouble === undefined)) return
      this.#sinceMs = clock.nowMs()
      if (trouble !== undefined) return onTrouble(trouble)
      onRecovery(`the read store is back, after ${Math.ceil((this.#sinceMs - sinceMs) / 1_000)} s`)
      this.#recovery.abort()
      this.#recovery = new AbortController()
    })
  }

  get now(): MillraceError | undefined {
    return this.#now
  }

  /**
   * Whether a read model is to tell that its commits have failed since `failingSinceMs`. Not where all do and the store says so
   * itself: during that, and in the moment after, connections fail one by one.
   */
  isNews(error: Error, failingSinceMs: number): boolean {
    if (!this.#isWatched || !(error instanceof MillraceError) || error.code !== 'STORE_UNAVAILABLE') return true
    return this.#now === undefined && this.#clock.nowMs() - Math.max(failingSinceMs, this.#sinceMs) >= PATIENCE_MS
  }

  /** Waits before another attempt: `ms`, or until the store is back (then true), or `signal` aborts. */
  async pause(ms: number, signal: AbortSignal): Promise<boolean> {
    const { signal: back } = this.#recovery
    await pause(this.#clock, ms, AbortSignal.any([signal, back]))
    return back.aborted
  }
}
