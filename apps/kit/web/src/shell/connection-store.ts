import { createStore } from './store.ts'

export interface Connection {
  readonly lost: boolean
  /** When the page was last sure to be up to date; epoch ms of this machine. */
  readonly lastLiveMs: number
}

type State = 'connecting' | 'live' | 'lost'

/** A first answer that takes longer is a loss: a server that takes connections may have nothing to answer from. */
const FIRST_ANSWER_MS = 5_000

const states = new Map<string, State>()
const waiting = new Map<string, ReturnType<typeof setTimeout>>()
export const connection = createStore<Connection>({ lost: false, lastLiveMs: Date.now() })

/** Each live query reports itself; the page is out of date when any of them has lost its connection. */
export function noteConnection(source: string, state: State | 'closed'): void {
  const before = states.get(source)
  if (state === 'closed') states.delete(source)
  // After a loss, "connecting" is still a loss: only data proves the way is open again.
  else if (!(state === 'connecting' && before === 'lost')) states.set(source, state)
  if (states.get(source) !== 'connecting') {
    clearTimeout(waiting.get(source))
    waiting.delete(source)
  } else if (!waiting.has(source))
    waiting.set(
      source,
      setTimeout(() => noteConnection(source, 'lost'), FIRST_ANSWER_MS),
    )
  const lost = [...states.values()].includes('lost')
  const was = connection.get()
  if (lost && was.lost) return
  connection.set({ lost, lastLiveMs: Date.now() })
}
