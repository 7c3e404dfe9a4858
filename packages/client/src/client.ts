import type { App, CommandInput, CommandName, QueryInput, QueryName, QueryResult, Receipt, ReceiptOf } from '@millrace/core'
import { MillraceClientError } from './client-error.ts'
import { findBrowser, isPage } from './live/browser.ts'
import { Connections } from './live/connections.ts'
import type { Feed, StreamState } from './live/feed.ts'
import { Followed } from './live/followed.ts'
import { Tabs } from './live/tabs.ts'
import { request, toError, type Answered } from './request.ts'
import { isPosition, SessionPosition, type PositionStorage } from './session-position.ts'

export interface ClientOptions {
  /** Where the app is served (default: the page's own origin). */
  readonly url?: string
  readonly fetch?: typeof fetch
  /**
   * Whether the tabs of a browser share one connection for what they watch (default: where the page has Web Locks, that
   * is a secure context, and no `fetch` of its own: the tab that leads asks for all).
   */
  readonly shareTabs?: boolean
  /** Where the position that was seen is kept for the next page, such as `sessionStorage` (default: nowhere). */
  readonly storage?: PositionStorage
  /** How often a request is tried again when the server can't be reached or is too busy (default 5). */
  readonly retries?: number
}

export interface ClientSendOptions {
  /** The command's id (default: a random UUID). */
  readonly commandId?: string
  readonly signal?: AbortSignal
}

export interface ClientQueryOptions {
  /** Also wait for this position: of a receipt or an answer that came from elsewhere, such as another page or a link. */
  readonly after?: string
  /** Wait until all that was in the log so many milliseconds before the query is in the answer; 0: all there is. Default: whatever there is. */
  readonly maxAgeMs?: number
  /** As it was at this position, or at this time (epoch milliseconds), where the read model keeps its past. */
  readonly asOf?: string | number
  readonly signal?: AbortSignal
}

/** An answer, and how new it is. */
export interface ClientAnswer<Result> {
  readonly data: Result
  /** How far the read model was. Opaque; any instance, header or URL takes it. */
  readonly position: string
  /** All that was in the log so many milliseconds before it was given is in it; undefined where the server cannot say. */
  readonly ageMs: number | undefined
}

export interface WatchHandlers<Result> {
  /** Called with the result whenever it changed. `patch` says what changed (RFC 7396), where not all is new. */
  readonly onData: (data: Result, change: { readonly position: string; readonly patch?: unknown }) => void
  readonly onState?: (state: StreamState) => void
  /** The server refuses this query (its input is not valid, say): nothing more will come. */
  readonly onError?: (error: MillraceClientError) => void
}

/** A typed client of one app. It remembers how far it has seen, so that whoever uses it reads their own writes. */
export interface Client<A extends App> {
  /** Sends a command until it is answered, under one id: however often it is sent, it is done once. */
  send<Name extends CommandName<A>>(type: Name, data: CommandInput<A, Name>, options?: ClientSendOptions): Promise<ReceiptOf<A>>
  /** The answer to a command that was sent before; undefined where it is not known, or not decided yet. */
  outcome(commandId: string, options?: { readonly signal?: AbortSignal }): Promise<ReceiptOf<A> | undefined>
  /**
   * Asks a query, at least as new as all this client has seen. Rejects with `QUERY_STALE`, and the read model's `position`,
   * where it has not come so far in time.
   */
  query<Name extends QueryName<A>>(name: Name, input: QueryInput<A, Name>, options?: ClientQueryOptions): Promise<QueryResult<A, Name>>
  /** As `query`, and says how new the answer is. */
  answer<Name extends QueryName<A>>(
    name: Name,
    input: QueryInput<A, Name>,
    options?: ClientQueryOptions,
  ): Promise<ClientAnswer<QueryResult<A, Name>>>
  /**
   * Follows a query live until the returned function is called. `data` is one object that changes in place, shared by all
   * who watch the same. All that a client watches goes over one connection, and where a browser can, that of all its tabs.
   */
  watch<Name extends QueryName<A>>(name: Name, input: QueryInput<A, Name>, handlers: WatchHandlers<QueryResult<A, Name>>): () => void
  /** How far this client has seen: '' where nothing. */
  readonly position: string
  /** From now on it sees at least as far as this position, which may come from another client. */
  see(position: string): void
}

/** `createClient<typeof tickets>()`: all names and shapes come from the app's definition. */
export function createClient<A extends App>({
  url = '',
  fetch: ownFetch,
  shareTabs = ownFetch === undefined && isPage,
  storage,
  retries = 5,
}: ClientOptions = {}): Client<A> {
  const base = url.replace(/\/$/, '')
  const fetcher: typeof fetch = ownFetch ?? ((input, init) => fetch(input, init))
  const seen = new SessionPosition(storage, `millrace:${base}`)
  const followed = new Map<string, Followed>()
  let feed: Feed | undefined

  function see(position: string): void {
    if (!isPosition(position))
      throw new TypeError(`'${position.slice(0, 100)}' is no position; pass one from a receipt or an answer, unchanged`)
    seen.see(position)
  }

  async function send(type: string, data: unknown, { commandId = crypto.randomUUID(), signal }: ClientSendOptions = {}): Promise<Receipt> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': commandId }
    const init = { method: 'POST', headers, body: JSON.stringify(data) }
    for (let asked = 0; ; asked++) {
      const answered = await request(`${base}/commands/${type}`, init, { fetch: fetcher, retries, signal })
      const { status, body } = answered
      const receipt = status === 200 ? (body as Receipt | undefined) : (body as { readonly receipt?: Receipt } | undefined)?.receipt
      if (receipt !== undefined) return take(receipt)
      if (status !== 202) throw toError(answered)
      // Durable, but not decided within the server's patience: the same again waits for the same answer.
      if (asked >= retries) {
        throw new MillraceClientError(202, 'COMMAND_TIMEOUT', `command ${commandId} is not decided yet; ask for its outcome later`)
      }
    }
  }

  function take(receipt: Receipt): Receipt {
    seen.see(receipt.position)
    return receipt
  }

  async function outcome(commandId: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Receipt | undefined> {
    const answered = await request(`${base}/commands/${encodeURIComponent(commandId)}`, {}, { fetch: fetcher, retries, signal })
    if (answered.status === 404 || answered.status === 202) return undefined
    if (answered.status !== 200) throw toError(answered)
    return take(answered.body as Receipt)
  }

  async function ask(
    name: string,
    input: object,
    { maxAgeMs, asOf, retries: most, signal }: Omit<ClientQueryOptions, 'after'> & { readonly retries: number },
  ): Promise<Answered> {
    const after = seen.toString()
    const headers = {
      accept: 'application/json',
      ...(after !== '' && { 'millrace-after': after }),
      ...(maxAgeMs !== undefined && { 'millrace-max-age': String(Math.floor(maxAgeMs)) }),
    }
    const answered = await request(
      `${base}/queries/${name}${toSearch(input, { asOf })}`,
      { headers },
      { fetch: fetcher, retries: most, signal },
    )
    if (answered.status === 200) seen.see(answered.headers.get('millrace-position'))
    return answered
  }

  async function answer(name: string, input: object, { after, ...options }: ClientQueryOptions = {}): Promise<ClientAnswer<unknown>> {
    if (after !== undefined) see(after)
    const answered = await ask(name, input, { ...options, retries })
    if (answered.status !== 200) throw toError(answered)
    const { headers, body } = answered
    const age = headers.get('millrace-age')
    return { data: body, position: headers.get('millrace-position') ?? '', ageMs: age === null ? undefined : Number(age) }
  }

  async function query(name: string, input: object, options?: ClientQueryOptions): Promise<unknown> {
    return (await answer(name, input, options)).data
  }

  function openFeed(): Feed {
    const after = (): string => seen.toString()
    // Without them (not a secure context, an old browser) each tab has a connection of its own.
    const browser = shareTabs ? findBrowser() : undefined
    const connections = new Connections({ fetch: fetcher, base, after, gatherMs: browser === undefined ? 0 : TABS_GATHER_MS })
    if (browser === undefined) return connections
    return new Tabs({ name: `millrace-live-1 ${base}`, browser, feed: connections, after, see: (position) => seen.see(position) })
  }

  function watch(name: string, input: object, { onData, onState, onError }: WatchHandlers<unknown>): () => void {
    const query = `${name}${toSearch(input)}`
    const known = followed.get(query) ?? follow(query)
    const watcher = { onData, onState: onState ?? (() => undefined), onError: onError ?? (() => undefined) }
    known.join(watcher, seen.toString())
    return () => {
      known.leave(watcher)
      // Who comes back at once, as a page does that draws itself anew, finds it still there.
      setTimeout(() => {
        if (known.isWatched || followed.get(query) !== known) return
        followed.delete(query)
        known.stop()
      })
    }
  }

  function follow(query: string): Followed {
    feed ??= openFeed()
    const onError = (): void => void followed.delete(query)
    const known = new Followed(query, feed, { see: (position) => seen.see(position), onError })
    followed.set(query, known)
    return known
  }

  const client = {
    send,
    outcome,
    query,
    answer,
    watch,
    get position() {
      return seen.toString()
    },
    see,
  }
  return client as unknown as Client<A>
}

/** What several tabs want at once, as when they are opened together or another one leads, makes one connection. */
const TABS_GATHER_MS = 20

/** Parameters that say something of the query, not of its input. */
const RESERVED = new Set(['after', 'asOf', 'input', 'maxAgeMs'])

/** A query's input as the server reads it: flat values one by one, all else whole as JSON. */
function toSearch(input: object, also: { readonly asOf?: string | number | undefined } = {}): string {
  const entries = Object.entries(input as Readonly<Record<string, unknown>>).filter(([, value]) => value !== undefined)
  const isFlat = entries.every(([name, value]) => typeof value !== 'object' && !RESERVED.has(name))
  const parameters = new URLSearchParams(
    isFlat ? entries.map(([name, value]): [string, string] => [name, String(value)]) : [['input', JSON.stringify(input)]],
  )
  for (const [name, value] of Object.entries(also)) if (value !== undefined && value !== '') parameters.set(name, String(value))
  const text = parameters.toString()
  return text === '' ? '' : `?${text}`
}
