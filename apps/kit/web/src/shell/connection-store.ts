import { createStore } from './store.ts'

export interface Connection {
  readonly lost: boolean
  /** When the page was last sure to be up to date; epoch ms of this machine. */
  readonly lastLiveMs: number
}

const states = new Map<string, 'connecting' | 'live' | 'lost'>()
export const connection = createStore<Connection>({ lost: false, lastLiveMs: Date.now() })

/** Each live query reports itself; the page is out of date when any of them has lost its connection. */
export function noteConnection(source: string, state: 'connecting' | 'live' | 'lost' | 'closed'): void {
  const before = states.get(source)
  if (state === 'closed') states.delete(source)
  // After a loss, "connecting" is still a loss: only data proves the way is open again.
  else if (!(state === 'connecting' && before === 'lost')) states.set(source, state)
  const lost = [...states.values()].includes('lost')
  const was = connection.get()
  if (lost && was.lost) return
  connection.set({ lost, lastLiveMs: Date.now() })
}
