/** A screen reader hears at most one message in this time; what comes in between is joined. */
export const QUIET_MS = 5_000
const MOST_MESSAGES = 4

export interface MessageBatch {
  add(message: string): void
  stop(): void
}

export interface BatchClock {
  now(): number
  /** Returns a way to call it off. */
  after(ms: number, run: () => void): () => void
}

export function createMessageBatch(emit: (text: string) => void, clock: BatchClock): MessageBatch {
  let waiting: string[] = []
  let lastMs = -Infinity
  let cancel: (() => void) | undefined

  const flush = (): void => {
    cancel = undefined
    if (waiting.length === 0) return
    const spoken = waiting.slice(-MOST_MESSAGES)
    const left = waiting.length - spoken.length
    waiting = []
    lastMs = clock.now()
    emit([...(left > 0 ? [`${left} earlier messages.`] : []), ...spoken].join(' '))
  }

  return {
    add(message) {
      if (waiting.at(-1) !== message) waiting.push(message)
      cancel ??= clock.after(Math.max(0, lastMs + QUIET_MS - clock.now()), flush)
    },
    stop() {
      cancel?.()
      cancel = undefined
      waiting = []
    },
  }
}
