import { setTimeout as sleep } from 'node:timers/promises'
import { MillraceError } from '@millrace/core'
import { isDenied } from './failure.ts'

const FIRST_WAIT_MS = 20
const LONGEST_WAIT_MS = 1_000

/** Waits before a next try: a little, then longer and longer, never the same for two who failed together. */
export class Backoff {
  #tries = 0

  /** Resolves early when `signal` aborts. */
  async wait(signal?: AbortSignal): Promise<void> {
    const most = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#tries++)
    await sleep(most / 2 + (Math.random() * most) / 2, undefined, { signal, ref: true }).catch(() => undefined)
  }

  reset(): void {
    this.#tries = 0
  }
}

/** As `promise`, which is waited for no longer than until `signal` aborts: then it rejects, and what comes later is dropped. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', leave, { once: true })
    if (signal.aborted) leave()
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
  })
}

/** Does `work` until it goes well. Gives up where the broker says no for good, when `signal` aborts, or after `timeoutMs`. */
export async function retried<T>(work: () => Promise<T>, signal: AbortSignal, timeoutMs: number = Number.POSITIVE_INFINITY): Promise<T> {
  const deadline = performance.now() + timeoutMs
  const backoff = new Backoff()
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const isFinal = isDenied(error) || (error instanceof MillraceError && !error.retriable)
      if (isFinal || signal.aborted || performance.now() >= deadline) throw error
      await backoff.wait(signal)
      if (signal.aborted) throw error
    }
  }
}
