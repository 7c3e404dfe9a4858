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
  /** Each with whether it has been told the whole: before, a patch is of no use to it. */
  readonly #watchers = new Map<Watcher, { isTold: boolean }>()
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
          for (const watcher of this.#watchers.keys()) watcher.onState(state)
        },
        onError: (error) => {
          onError()
          for (const watcher of this.#watchers.keys()) watcher.onError(error)
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
    const told = { isTold: false }
    this.#watchers.set(watcher, told)
    const state = this.#state
    if (state === undefined) return // told with the others
    queueMicrotask(() => {
      if (this.#watchers.get(watcher) !== told) return
      watcher.onState(state)
      if (told.isTold || this.#position === undefined) return
      if (!isReached(this.#position, after)) return this.#following.restart()
      told.isTold = true
      watcher.onData(this.#data, { position: this.#position })
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
    for (const [watcher, told] of this.#watchers) {
      if (kind === 'snapshot') told.isTold = true
      if (told.isTold) watcher.onData(this.#data, kind === 'patch' ? { position, patch: said } : { position })
    }
  }
}
