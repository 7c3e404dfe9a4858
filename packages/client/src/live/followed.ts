import type { MillraceClientError } from '../client-error.ts'
import { isReached } from '../session-position.ts'
import { positionOf } from './event-id.ts'
import type { Feed, FeedEvent, Following, StreamState } from './feed.ts'
import { mergePatch } from './merge-patch.ts'

export interface Watcher {
  readonly onData: (data: unknown, change: { readonly position: string; readonly patch?: unknown }) => void
  readonly onState: (state: StreamState) => void
  readonly onError: (error: MillraceClientError) => void
}

/** One query that is watched, however often in this client: the result as it stands, and who wants to know. */
export class Followed {
  readonly #watchers = new Set<Watcher>()
  readonly #following: Following
  readonly #see: (position: string) => void
  #state: StreamState | undefined
  #data: unknown
  /** What `#data` has come to; undefined before the first snapshot. */
  #position: string | undefined

  constructor(query: string, feed: Feed, { see, onError }: { readonly see: (position: string) => void; readonly onError: () => void }) {
    this.#see = see
    this.#following = feed.follow(
      query,
      {
        onEvent: (event) => this.#take(event),
        onState: (state) => {
          this.#state = state
          for (const watcher of this.#watchers) watcher.onState(state)
        },
        onError: (error) => {
          onError()
          for (const watcher of this.#watchers) watcher.onError(error)
        },
      },
      '',
    )
  }

  get isWatched(): boolean {
    return this.#watchers.size > 0
  }

  /** `after`: what `watcher` is told must have come so far. */
  join(watcher: Watcher, after: string): void {
    this.#watchers.add(watcher)
    const state = this.#state
    if (state === undefined) return // told with the others
    const hasData = this.#position !== undefined
    queueMicrotask(() => {
      if (!this.#watchers.has(watcher)) return
      watcher.onState(state)
      if (!hasData || this.#position === undefined) return // it comes
      if (isReached(this.#position, after)) watcher.onData(this.#data, { position: this.#position })
      else this.#following.restart()
    })
  }

  leave(watcher: Watcher): void {
    this.#watchers.delete(watcher)
  }

  stop(): void {
    this.#following.stop()
  }

  #take({ kind, data: text, token }: FeedEvent): void {
    if (kind === 'patch' && this.#position === undefined) return
    const said: unknown = JSON.parse(text)
    const position = positionOf(token)
    this.#data = kind === 'patch' ? mergePatch(this.#data, said) : said
    this.#position = position
    this.#see(position)
    const change = kind === 'patch' ? { position, patch: said } : { position }
    for (const watcher of this.#watchers) watcher.onData(this.#data, change)
  }
}
