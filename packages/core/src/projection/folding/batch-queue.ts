import { Signal } from '../../internal/signal.ts'
import type { Batch } from '../../ports/log.ts'

interface Taking {
  readonly isBusy?: () => boolean
  readonly isDue?: () => boolean
}

const never = (): boolean => false

/** What was read from the log while a commit is under way gathers for the next one, up to a bound. */
export class BatchQueue {
  readonly #maxRecords: number
  readonly #changed = new Signal()
  #batches: Batch[] = []
  #records = 0
  /** One who fills it has found no room. */
  #isFull = false

  constructor(maxRecords: number) {
    this.#maxRecords = maxRecords
  }

  /** Takes in `source` until it ends or `signal` aborts, and waits where there is no room. Several may fill one queue. */
  async fill(source: AsyncIterable<Batch>, signal: AbortSignal): Promise<void> {
    for await (const batch of source) {
      while (this.#records + batch.records.length > this.#maxRecords && this.#batches.length > 0 && !signal.aborted) {
        if (!this.#isFull) {
          this.#isFull = true
          this.#changed.fire()
        }
        await this.#changed.wait(signal)
      }
      if (signal.aborted) return
      this.#batches.push(batch)
      this.#records += batch.records.length
      if (this.#batches.length === 1) this.#changed.fire()
    }
  }

  /**
   * All that waits, in the order it came: at least one batch, unless `signal` aborts, or `isDue` says that something else is
   * to be done. While `isBusy` says that what was taken before is still in work, more gathers until there is no room. `wake`
   * when either has changed.
   */
  async take(signal: AbortSignal, { isBusy = never, isDue = never }: Taking = {}): Promise<readonly Batch[]> {
    while ((this.#batches.length === 0 || (isBusy() && !this.#isFull)) && !isDue() && !signal.aborted) await this.#changed.wait(signal)
    const taken = this.#batches
    this.#batches = []
    this.#records = 0
    this.#isFull = false
    this.#changed.fire()
    return taken
  }

  wake(): void {
    this.#changed.fire()
  }
}
