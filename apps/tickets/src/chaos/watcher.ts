/** Follows a seat map live, with the app's own client: from instance to instance, and cut off now and then. */
import { createClient } from '@millrace/client'
import type { Random } from 'app-kit/random'
import type { Tickets } from '../app.ts'
import type { History } from './history.ts'
import { pause } from './session.ts'

export interface WatcherOptions {
  readonly name: string
  readonly showId: string
  readonly urls: readonly string[]
  readonly random: Random
  readonly history: History
  readonly signal: AbortSignal
}

/** How long one connection lasts at most, in milliseconds. */
const CUT_AFTER_MS = [3_000, 15_000] as const

/** Resolves when `signal` has aborted. */
export async function watch({ name, showId, urls, random, history, signal }: WatcherOptions): Promise<void> {
  let instance = 0
  const [least, most] = CUT_AFTER_MS
  const client = createClient<Tickets>({
    url: 'http://app',
    retries: 0,
    fetch: (input, init) => {
      instance = random.below(urls.length)
      const cut = AbortSignal.timeout(least + random.below(most - least))
      const { signal: ended } = init ?? {}
      const signals = ended instanceof AbortSignal ? [ended, cut] : [cut]
      const url = input instanceof Request ? input.url : input.toString()
      return fetch(url.replace('http://app', urls[instance] ?? ''), { ...init, signal: AbortSignal.any(signals) })
    },
  })
  const stop = client.watch(
    'seatMap',
    { showId },
    {
      onData: (data, { position }) => {
        const nowMs = Date.now()
        history.add({
          kind: 'query',
          session: name,
          instance,
          startMs: nowMs,
          endMs: nowMs,
          status: 200,
          name: 'seatMap',
          input: { showId },
          showId,
          after: '',
          position,
          answer: data,
          isLive: true,
        })
      },
      onError: (error) =>
        history.add({ kind: 'trouble', rule: 'http', problem: `${name}: a live query was refused: ${error.code} ${error.message}` }),
    },
  )
  while (!signal.aborted) await pause(1_000, signal)
  stop()
}
