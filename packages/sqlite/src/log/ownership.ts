import { MillraceError, type Clock, type OwnedShard } from '@millrace/core'
import { Bell } from './bell.ts'

type Work = (shard: OwnedShard) => Promise<void>

/** All shards as one owner has them, until something ends it. */
export interface Tenure {
  readonly epoch: number
  readonly signal: AbortSignal
  /** Why its appends fail, once they do. */
  readonly lost: MillraceError | undefined
  end(): void
}

export interface Shards {
  readonly clock: Clock
  /** Takes all shards from whoever has them: a higher epoch, its markers appended. Rejects where that was not stored. */
  take(): Promise<{ readonly tenure: Tenure; readonly shards: readonly OwnedShard[] }>
  /** Throws where nothing will be stored any more. */
  check(): void
}

/** Before another try to take the shards, while the disk has no room or was just lost: twice as long each time. */
const FIRST_PAUSE_MS = 50
const MAX_PAUSE_MS = 1_000
/** Shards held for so long have been held well: the next loss begins with a short pause again. */
const LASTING_MS = 10_000

/**
 * Who has the shards: the newest of the `own` calls that have not ended. One that was taken over waits, and has them
 * again (with a higher epoch) when those after it have ended.
 */
export class Ownership {
  readonly #shards: Shards
  readonly #bell = new Bell()
  #claims: readonly object[] = []

  constructor(shards: Shards) {
    this.#shards = shards
  }

  /** Whether somebody wants the shards: has them, or waits for them. */
  get isWanted(): boolean {
    return this.#claims.length > 0
  }

  async own(work: Work, signal: AbortSignal): Promise<void> {
    const claim = {}
    const ring = (): void => this.#bell.ring()
    this.#claims = [...this.#claims, claim]
    signal.addEventListener('abort', ring, { once: true })
    try {
      let pauseMs = FIRST_PAUSE_MS
      while (!signal.aborted) {
        this.#shards.check()
        if (this.#claims.at(-1) !== claim) {
          await this.#bell.heard()
          continue
        }
        const taken = await this.#tryTake()
        if (taken === undefined) {
          pauseMs = await this.#pause(pauseMs, signal)
          continue
        }
        const sinceMs = this.#shards.clock.nowMs()
        if (await this.#serve(taken, work, signal)) break
        if (this.#shards.clock.nowMs() - sinceMs >= LASTING_MS || taken.tenure.lost?.code === 'LOG_FENCED') pauseMs = FIRST_PAUSE_MS
        else pauseMs = await this.#pause(pauseMs, signal)
      }
    } finally {
      signal.removeEventListener('abort', ring)
      this.#claims = this.#claims.filter((each) => each !== claim)
      this.#bell.ring()
    }
  }

  /** Wakes who waits: the log has been closed, or has failed. */
  wake(): void {
    this.#bell.ring()
  }

  /** True where the work is done: all of it returned while the shards were still held. */
  async #serve({ tenure, shards }: Awaited<ReturnType<Shards['take']>>, work: Work, signal: AbortSignal): Promise<boolean> {
    const end = (): void => tenure.end()
    signal.addEventListener('abort', end, { once: true })
    if (signal.aborted) end()
    let failure: { readonly error: unknown } | undefined
    await Promise.all(
      shards.map(async (shard) => {
        try {
          await work(shard)
        } catch (error) {
          // Work that fails because its shard was lost has not failed.
          if (tenure.lost === undefined) failure ??= { error }
          end()
        }
      }),
    )
    signal.removeEventListener('abort', end)
    if (failure !== undefined) throw failure.error
    return tenure.lost === undefined
  }

  async #tryTake(): Promise<Awaited<ReturnType<Shards['take']>> | undefined> {
    try {
      return await this.#shards.take()
    } catch (error) {
      this.#shards.check()
      if (error instanceof MillraceError && (error.retriable || error.code === 'LOG_FENCED')) return undefined
      throw error
    }
  }

  /** Gives the next pause's length. */
  async #pause(delayMs: number, signal: AbortSignal): Promise<number> {
    const bell = new Bell()
    const ring = (): void => bell.ring()
    const cancel = this.#shards.clock.after(delayMs, ring)
    signal.addEventListener('abort', ring, { once: true })
    await bell.heard()
    signal.removeEventListener('abort', ring)
    cancel()
    return Math.min(delayMs * 2, MAX_PAUSE_MS)
  }
}
