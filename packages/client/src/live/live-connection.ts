import type { MillraceClientError } from '../client-error.ts'
import { backoffMs } from '../pause.ts'
import { toError } from '../request.ts'
import { fromEventId, toEventId } from './event-id.ts'
import type { Feed, Following, Sink, StreamState } from './feed.ts'
import { readEvents, type StreamEvent } from './read-events.ts'

/** The server says something every 15 seconds; after so long a silence, nobody is there. */
const SILENCE_MS = 45_000

export interface LiveConnectionOptions {
  readonly fetch: typeof fetch
  /** Where the app is served, without a slash at the end. */
  readonly base: string
  /** How far the session has seen: a watch begins no earlier. */
  readonly after: () => string
  /** So long changes of what is watched are gathered: 0 is one turn of the event loop. */
  readonly gatherMs: number
}

interface Watch {
  readonly query: string
  readonly sink: Sink
  token: string
  /** Begins anew with the next connection, whatever this one still says. */
  isRestarting: boolean
  state: StreamState | undefined
  /** How often it alone has failed since it was last told something. */
  failed: number
}

/** All watches of a client over one connection. Where they change, it connects anew, and each goes on where it was. */
export class LiveConnection implements Feed {
  readonly #options: LiveConnectionOptions
  readonly #watches = new Set<Watch>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #dueMs = Number.POSITIVE_INFINITY
  #open: AbortController | undefined
  #silence: ReturnType<typeof setTimeout> | undefined
  #failed = 0
  #reconnectMs = 0

  constructor(options: LiveConnectionOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#watches.size
  }

  /** What the watches take in a URL. */
  get characters(): number {
    return [...this.#watches].reduce((sum, { query }) => sum + charactersOf(query), 0)
  }

  follow(query: string, sink: Sink, token: string): Following {
    const watch: Watch = { query, sink, token, isRestarting: false, state: undefined, failed: 0 }
    this.#watches.add(watch)
    this.#schedule(this.#options.gatherMs)
    return {
      restart: () => {
        watch.isRestarting = true
        this.#schedule(this.#options.gatherMs)
      },
      stop: () => {
        if (this.#watches.delete(watch)) this.#schedule(this.#options.gatherMs)
      },
    }
  }

  /** Connects in so long, or earlier where that is due already. */
  #schedule(delayMs: number): void {
    const dueMs = performance.now() + delayMs
    if (dueMs >= this.#dueMs) return
    clearTimeout(this.#timer)
    this.#dueMs = dueMs
    this.#timer = setTimeout(() => {
      this.#dueMs = Number.POSITIVE_INFINITY
      void this.#connect()
    }, delayMs)
  }

  async #connect(): Promise<void> {
    this.#open?.abort()
    clearTimeout(this.#silence)
    const open = (this.#open = new AbortController())
    const isOpen = (): boolean => this.#open === open && !open.signal.aborted
    const watches = [...this.#watches]
    if (watches.length === 0) return
    for (const watch of watches) {
      if (watch.isRestarting) watch.token = ''
      watch.isRestarting = false
      if (watch.state !== 'live') tellState(watch, 'connecting')
    }
    try {
      await this.#read(watches, open, isOpen)
    } catch {
      // Cut off, or not there: told as lost, and tried again.
    }
    clearTimeout(this.#silence)
    if (this.#open !== open) return // replaced by a newer one
    for (const watch of this.#watches) tellState(watch, 'lost')
    if (this.#watches.size === 0) return
    this.#schedule(this.#reconnectMs > 0 && this.#failed === 0 ? this.#reconnectMs : backoffMs(this.#failed + 2))
    this.#failed++
  }

  async #read(watches: readonly Watch[], open: AbortController, isOpen: () => boolean): Promise<void> {
    const { fetch, base, after } = this.#options
    const seen = after()
    const lastId = toEventId(watches.map(({ token }) => token))
    const headers = {
      accept: 'text/event-stream',
      ...(lastId !== '' && { 'last-event-id': lastId }),
      ...(seen !== '' && { 'millrace-after': seen }),
    }
    this.#listen(open)
    const search = watches.map(({ query }) => `watch=${encodeURIComponent(query)}`).join('&')
    const response = await fetch(`${base}/live?${search}`, { headers, signal: open.signal })
    if (!isOpen()) return
    if (!response.ok || response.body === null) return this.#refused(watches, response)
    for (const watch of watches) tellState(watch, 'live')
    await readEvents(response.body, {
      onEvent: (event) => isOpen() && this.#take(watches, event),
      onRetry: (ms) => (this.#reconnectMs = ms),
      onId: (id) => isOpen() && takeId(watches, id),
      onBytes: () => this.#listen(open),
    })
  }

  #take(watches: readonly Watch[], { kind, data, id }: StreamEvent): void {
    const [, at, what] = /^(\d+)\.(snapshot|patch|error)$/.exec(kind) ?? []
    const watch = watches[Number(at)]
    if (watch === undefined || !this.#watches.has(watch)) return
    if (what === 'error') return this.#fail(watch, toError({ status: statusOf(data), headers: new Headers(), body: JSON.parse(data) }))
    takeId(watches, id)
    this.#failed = 0
    watch.failed = 0
    watch.sink.onEvent({ kind: what as 'snapshot' | 'patch', data, token: watch.token })
  }

  /** The server ended one watch. Where it may work later, all connect again then, and go on where they were. */
  #fail(watch: Watch, error: MillraceClientError): void {
    tellState(watch, 'lost')
    if (error.status >= 500) return this.#schedule(backoffMs(++watch.failed + 2))
    this.#watches.delete(watch)
    watch.sink.onError(error)
  }

  async #refused(watches: readonly Watch[], response: Response): Promise<void> {
    const { status, headers } = response
    const text = await response.text()
    if (status >= 500) return
    const error = toError({ status, headers, body: toJson(text) })
    for (const watch of watches) if (this.#watches.has(watch)) this.#fail(watch, error)
  }

  #listen(open: AbortController): void {
    if (open.signal.aborted) return
    clearTimeout(this.#silence)
    this.#silence = setTimeout(() => open.abort(), SILENCE_MS)
  }
}

export const charactersOf = (query: string): number => encodeURIComponent(query).length + 'watch=&'.length

function tellState(watch: Watch, state: StreamState): void {
  if (watch.state === state) return
  watch.state = state
  watch.sink.onState(state)
}

function takeId(watches: readonly Watch[], id: string): void {
  for (const [at, token] of fromEventId(id, watches.length).entries()) if (token !== '') watches[at]!.token = token
}

const statusOf = (problem: string): number => (JSON.parse(problem) as { readonly status: number }).status

function toJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
