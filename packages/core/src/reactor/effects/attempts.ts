import { fingerprintOf } from '../../internal/hash.ts'
import type { Clock } from '../../ports/clock.ts'
import { pause } from '../../internal/pause.ts'
import type { CallGate } from './call-gate.ts'
import type { EffectOptions } from './effect-options.ts'

/** What the last attempt threw, and how many there were. */
export class AttemptsFailed extends Error {
  override readonly name = 'AttemptsFailed'
  readonly attempts: number

  constructor(attempts: number, cause: unknown) {
    super(cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause), { cause })
    this.attempts = attempts
  }
}

export interface AttemptContext {
  readonly options: Required<EffectOptions>
  readonly gate: CallGate
  readonly clock: Clock
  /** Aborts when nobody wants to know any more: what is then thrown says nothing. */
  readonly signal: AbortSignal
}

/**
 * Calls until it goes well, or has failed too often: then it rejects with `AttemptsFailed`. `id` spreads the waits of
 * those who failed together, and is the same when all is done again.
 */
export async function attempts<T>(
  id: string,
  call: (attempt: number, signal: AbortSignal) => T | Promise<T>,
  { options, gate, clock, signal }: AttemptContext,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    if (!(await gate.enter(signal))) throw signal.reason
    let hasAnswered = false
    try {
      const result = await inTime((inner) => call(attempt, inner), options.timeoutMs, { clock, signal })
      hasAnswered = true
      return result
    } catch (error) {
      const isFinal = typeof error === 'object' && error !== null && Reflect.get(error, 'retriable') === false
      hasAnswered = isFinal
      if (signal.aborted) throw error
      if (isFinal || attempt >= options.attempts) throw new AttemptsFailed(attempt, error)
    } finally {
      gate.leave(hasAnswered || signal.aborted)
    }
    await pause(clock, delayMs(id, attempt, options), signal)
  }
}

/** Exponential, less up to half of it. */
function delayMs(id: string, attempt: number, { firstDelayMs, maxDelayMs }: Required<EffectOptions>): number {
  const most = Math.min(firstDelayMs * 2 ** (attempt - 1), maxDelayMs)
  return most * (1 - fingerprintOf(id, String(attempt)) / 2 ** 33)
}

/** A call that does not heed its signal is left to itself: what it says later counts for nothing. */
async function inTime<T>(
  call: (signal: AbortSignal) => T | Promise<T>,
  timeoutMs: number,
  { clock, signal }: Pick<AttemptContext, 'clock' | 'signal'>,
): Promise<T> {
  const stop = new AbortController()
  const giveUp = (): void => stop.abort(signal.reason)
  const cancel = clock.after(timeoutMs, () => stop.abort(new Error(`it took longer than ${timeoutMs} ms`)))
  signal.addEventListener('abort', giveUp, { once: true })
  if (signal.aborted) giveUp()
  try {
    return await Promise.race([aborted(stop.signal), call(stop.signal)])
  } finally {
    cancel()
    signal.removeEventListener('abort', giveUp)
  }
}

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const fail = (): void => reject(signal.reason as Error)
    if (signal.aborted) fail()
    else signal.addEventListener('abort', fail, { once: true })
  })
