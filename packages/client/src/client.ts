import type { App, CommandInput, CommandName, QueryInput, QueryName, QueryResult, Receipt, ReceiptOf } from '@millrace/core'
import { MillraceClientError } from './client-error.ts'
import { openStream } from './event-stream.ts'
import { mergePatch } from './merge-patch.ts'
import { request, toError } from './request.ts'
import { SessionPosition } from './session-position.ts'

export interface ClientOptions {
  /** Where the app is served (default: the page's own origin). */
  readonly url?: string
  readonly fetch?: typeof fetch
  /** How often a request is tried again when the server can't be reached or is too busy (default 5). */
  readonly retries?: number
}

export interface ClientSendOptions {
  /** The command's id (default: a random UUID). */
  readonly commandId?: string
  readonly signal?: AbortSignal
}

export interface WatchHandlers<Result> {
  /** Called with the result whenever it changed. `patch` says what changed (RFC 7396), where not all is new. */
  readonly onData: (data: Result, change: { readonly position: string; readonly patch?: unknown }) => void
  readonly onState?: (state: 'connecting' | 'live' | 'lost') => void
}

/** A typed client of one app. It remembers how far it has seen, so that whoever uses it reads their own writes. */
export interface Client<A extends App> {
  /** Sends a command until it is answered, under one id: however often it is sent, it is done once. */
  send<Name extends CommandName<A>>(type: Name, data: CommandInput<A, Name>, options?: ClientSendOptions): Promise<ReceiptOf<A>>
  /** The answer to a command that was sent before; undefined where it is not known, or not decided yet. */
  outcome(commandId: string, options?: { readonly signal?: AbortSignal }): Promise<ReceiptOf<A> | undefined>
  query<Name extends QueryName<A>>(
    name: Name,
    input: QueryInput<A, Name>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<QueryResult<A, Name>>
  /** Follows a query live until the returned function is called. `data` is one object that changes in place. */
  watch<Name extends QueryName<A>>(name: Name, input: QueryInput<A, Name>, handlers: WatchHandlers<QueryResult<A, Name>>): () => void
}

/** `createClient<typeof tickets>()`: all names and shapes come from the app's definition. */
export function createClient<A extends App>({
  url = '',
  fetch: fetcher = globalThis.fetch.bind(globalThis),
  retries = 5,
}: ClientOptions = {}): Client<A> {
  const seen = new SessionPosition()
  const base = url.replace(/\/$/, '')

  const queryUrl = (name: string, input: object): string => {
    const entries = Object.entries(input as Record<string, unknown>).filter(([, value]) => value !== undefined)
    const isFlat = entries.every(([key, value]) => typeof value !== 'object' && key !== 'after' && key !== 'input')
    const parameters = new URLSearchParams(
      isFlat ? entries.map(([key, value]): [string, string] => [key, String(value)]) : [['input', JSON.stringify(input)]],
    )
    const text = parameters.toString()
    return `${base}/queries/${name}${text === '' ? '' : `?${text}`}`
  }

  async function send(type: string, data: unknown, { commandId = crypto.randomUUID(), signal }: ClientSendOptions = {}): Promise<Receipt> {
    const init = {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': commandId },
      body: JSON.stringify(data),
    }
    for (let asked = 0; ; asked++) {
      const response = await request(`${base}/commands/${type}`, init, { fetch: fetcher, retries, signal })
      if (response.status === 200) return take((await response.json()) as Receipt)
      // Durable, but not decided within the server's patience: the same again waits for the same answer.
      if (response.status === 202 && asked < retries) continue
      if (response.status === 409 || response.status === 500) {
        const { receipt } = (await response
          .clone()
          .json()
          .catch(() => ({}))) as { receipt?: Receipt }
        if (receipt !== undefined) return take(receipt)
      }
      if (response.status === 202)
        throw new MillraceClientError(202, 'COMMAND_TIMEOUT', `command ${commandId} is not decided yet; ask for its outcome later`)
      throw await toError(response)
    }
  }

  function take(receipt: Receipt): Receipt {
    seen.see(receipt.position)
    return receipt
  }

  async function outcome(commandId: string, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Receipt | undefined> {
    const response = await request(`${base}/commands/${encodeURIComponent(commandId)}`, {}, { fetch: fetcher, retries, signal })
    if (response.status === 404 || response.status === 202) return undefined
    if (!response.ok) throw await toError(response)
    return take((await response.json()) as Receipt)
  }

  async function query(name: string, input: object, { signal }: { readonly signal?: AbortSignal } = {}): Promise<unknown> {
    const after = seen.toString()
    const headers: Record<string, string> = { accept: 'application/json', ...(after !== '' && { 'millrace-after': after }) }
    const response = await request(queryUrl(name, input), { headers }, { fetch: fetcher, retries, signal })
    if (!response.ok) throw await toError(response)
    seen.see(response.headers.get('millrace-position'))
    return response.json()
  }

  function watch(name: string, input: object, { onData, onState = () => undefined }: WatchHandlers<unknown>): () => void {
    let data: unknown
    const after = seen.toString()
    const plain = queryUrl(name, input)
    return openStream(after === '' ? plain : `${plain}${plain.includes('?') ? '&' : '?'}after=${after}`, {
      onState,
      onEvent: ({ kind, data: text, id: position }) => {
        const said: unknown = JSON.parse(text)
        data = kind === 'patch' ? mergePatch(data, said) : said
        seen.see(position)
        onData(data, kind === 'patch' ? { position, patch: said } : { position })
      },
    })
  }

  return { send, outcome, query, watch } as unknown as Client<A>
}
