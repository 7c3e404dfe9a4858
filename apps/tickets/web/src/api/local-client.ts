import type { CommandName, Commands, ParamsOf, QueryName, Receipt, ResultOf } from './contract.ts'
import { ClientError, toClientError } from './client-error.ts'

export interface WatchHandlers<Result> {
  onData(data: Result, update: { position: string; patch?: unknown }): void
  onState?(state: WatchState): void
}
export type WatchState = 'connecting' | 'live' | 'lost'

const RETRY_DELAYS_MS = [200, 600, 1500]
let lastPosition: string | undefined

async function send<Name extends CommandName>(name: Name, data: Commands[Name], options: { commandId?: string } = {}): Promise<Receipt> {
  const commandId = options.commandId ?? crypto.randomUUID()
  const response = await retrying(() =>
    fetch(`/commands/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': commandId },
      body: JSON.stringify(data),
    }),
  )
  const body: unknown = await response.json().catch(() => undefined)
  const receipt = response.status === 409 ? (body as { receipt: Receipt }).receipt : (body as Receipt)
  if (!response.ok && response.status !== 409) throw toClientError(response.status, body)
  if (receipt.outcome !== 'failed') lastPosition = receipt.position
  return receipt
}

async function query<Name extends QueryName>(name: Name, params: ParamsOf<Name>): Promise<ResultOf<Name>> {
  const response = await retrying(() =>
    fetch(`/queries/${name}?${toSearch(params).toString()}`, { headers: lastPosition ? { 'millrace-after': lastPosition } : {} }),
  )
  const body: unknown = await response.json().catch(() => undefined)
  if (!response.ok) throw toClientError(response.status, body)
  return body as ResultOf<Name>
}

function watch<Name extends QueryName>(name: Name, params: ParamsOf<Name>, handlers: WatchHandlers<ResultOf<Name>>): () => void {
  const search = toSearch(params)
  if (lastPosition) search.set('after', lastPosition)
  let data: unknown
  let source: EventSource | undefined
  let retry: ReturnType<typeof setTimeout> | undefined
  const open = (): void => {
    handlers.onState?.('connecting')
    source = new EventSource(`/queries/${name}?${search.toString()}`)
    source.addEventListener('snapshot', (event) => {
      data = JSON.parse(event.data as string)
      handlers.onState?.('live')
      handlers.onData(data as ResultOf<Name>, { position: event.lastEventId })
    })
    source.addEventListener('patch', (event) => {
      const patch: unknown = JSON.parse(event.data as string)
      data = mergePatch(data, patch)
      handlers.onData(data as ResultOf<Name>, { position: event.lastEventId, patch })
    })
    source.addEventListener('open', () => handlers.onState?.('live'))
    source.addEventListener('error', () => {
      handlers.onState?.('lost')
      if (source?.readyState === EventSource.CLOSED) retry = setTimeout(open, 1500)
    })
  }
  open()
  return () => {
    clearTimeout(retry)
    source?.close()
  }
}

export const localClient = { send, query, watch }

function toSearch(params: object): URLSearchParams {
  return new URLSearchParams(Object.entries(params).map(([name, value]) => [name, String(value)]))
}

async function retrying(call: () => Promise<Response>): Promise<Response> {
  for (const delayMs of RETRY_DELAYS_MS) {
    const response = await call().catch(() => undefined)
    if (response && response.status !== 503) return response
    await new Promise((resolve) => setTimeout(resolve, delayMs))
  }
  return call().catch(() => {
    throw new ClientError('UNREACHABLE', 'The box office cannot be reached.')
  })
}

/** RFC 7396, in place: seat maps are big and only this module holds them. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const result = isObject(target) ? target : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = mergePatch(result[key], value)
  }
  return result
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
