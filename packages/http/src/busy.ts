const SAMPLE_MS = 100

/** Whether the event loop lags: then the queue in front of it only grows, and work that has not begun is better refused. */
export class Busy implements Disposable {
  readonly #maxDelayMs: number
  readonly #timer: NodeJS.Timeout
  #lastMs = performance.now()
  #delayMs = 0

  constructor(maxDelayMs: number) {
    this.#maxDelayMs = maxDelayMs
    this.#timer = setInterval(() => {
      const nowMs = performance.now()
      this.#delayMs = nowMs - this.#lastMs - SAMPLE_MS
      this.#lastMs = nowMs
    }, SAMPLE_MS)
    this.#timer.unref()
  }

  get isBusy(): boolean {
    return this.#delayMs > this.#maxDelayMs
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }
}
