import type { Clock } from '../../ports/clock.ts'

export interface CallGateOptions {
  readonly concurrency: number
  readonly breakAfter: number
  readonly cooldownMs: number
}

/**
 * Who may call the outside now: so many at once, and nobody while it is down. After `breakAfter` failures in a row the
 * gate is shut for `cooldownMs`; then one may try for all.
 */
export class CallGate {
  readonly #options: CallGateOptions
  readonly #clock: Clock
  readonly #waiting: (() => void)[] = []
  #running = 0
  #failures = 0
  #state: 'open' | 'shut' | 'trying' = 'open'

  constructor(options: CallGateOptions, clock: Clock) {
    this.#options = options
    this.#clock = clock
  }

  get running(): number {
    return this.#running
  }

  get isShut(): boolean {
    return this.#state !== 'open'
  }

  /** Resolves with true when the call may be made: `leave` must follow it. With false when `signal` aborts before. */
  enter(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve(false)
      const enter = (): void => {
        signal.removeEventListener('abort', giveUp)
        this.#running++
        resolve(true)
      }
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(enter), 1)
        resolve(false)
      }
      signal.addEventListener('abort', giveUp, { once: true })
      this.#waiting.push(enter)
      this.#admit()
    })
  }

  /** `hasAnswered`: whether the outside gave an answer, whatever it was. */
  leave(hasAnswered: boolean): void {
    this.#running--
    if (hasAnswered) {
      this.#failures = 0
      this.#state = 'open'
    } else if (++this.#failures >= this.#options.breakAfter && this.#state !== 'shut') {
      this.#state = 'shut'
      this.#clock.after(this.#options.cooldownMs, () => {
        if (this.#state === 'shut') this.#state = 'trying'
        this.#admit()
      })
    }
    this.#admit()
  }

  #admit(): void {
    const most = this.#state === 'open' ? this.#options.concurrency : this.#state === 'trying' ? 1 : 0
    while (this.#running < most && this.#waiting.length > 0) this.#waiting.shift()!()
  }
}
