import { readEvents, type StreamEvent } from './read-events.ts'
import { backoffMs, pause } from './pause.ts'

export type StreamState = 'connecting' | 'live' | 'lost'

export interface StreamHandlers {
  /** Where to connect: asked each time, since the session has moved on. */
  readonly url: () => string
  readonly onEvent: (event: StreamEvent) => void
  readonly onState: (state: StreamState) => void
  /** The server did not take the connection. True where trying again is of no use. */
  readonly isHopeless: () => Promise<boolean>
}

/** Follows a stream with an `EventSource`, which reconnects and resumes by itself unless it was refused. */
export function followWithEventSource(Source: typeof EventSource, { url, onEvent, onState, isHopeless }: StreamHandlers): () => void {
  let source: EventSource
  let retry: ReturnType<typeof setTimeout> | undefined
  let refused = 0
  let isStopped = false
  const reconnect = async (): Promise<void> => {
    if ((await isHopeless()) || isStopped) return
    retry = setTimeout(connect, backoffMs(++refused + 2))
  }
  const connect = (): void => {
    const opened = new Source(url())
    source = opened
    onState('connecting')
    for (const kind of ['snapshot', 'patch'] as const) {
      opened.addEventListener(kind, (event) => {
        const { data, lastEventId } = event as unknown as { readonly data: string; readonly lastEventId: string }
        onEvent({ kind, data, id: lastEventId })
      })
    }
    opened.onopen = () => {
      refused = 0
      onState('live')
    }
    opened.onerror = () => {
      onState('lost')
      if (opened.readyState === Source.CLOSED) void reconnect()
      else onState('connecting')
    }
  }
  connect()
  return () => {
    isStopped = true
    clearTimeout(retry)
    source.onerror = null
    source.close()
  }
}

/** The same without an `EventSource`, as in Node. */
export function followWithFetch(fetcher: typeof fetch, { url, onEvent, onState, isHopeless }: StreamHandlers): () => void {
  const stop = new AbortController()
  const { signal } = stop
  let lastId = ''
  let failed = 0
  let reconnectMs = 0
  let isStopped = false
  const connect = async (): Promise<void> => {
    const headers = { accept: 'text/event-stream', ...(lastId !== '' && { 'last-event-id': lastId }) }
    const response = await fetcher(url(), { headers, signal })
    if (!response.ok || response.body === null) {
      await response.body?.cancel()
      if (await isHopeless()) stop.abort()
      return
    }
    onState('live')
    failed = 0
    await readEvents(response.body, {
      onEvent: (event) => {
        lastId = event.id
        onEvent(event)
      },
      onRetry: (ms) => (reconnectMs = ms),
    })
  }
  const run = async (): Promise<void> => {
    while (!signal.aborted) {
      onState('connecting')
      await connect().catch(() => undefined) // cut off, or not there: told as lost, and tried again
      if (!isStopped) onState('lost')
      if (signal.aborted) return
      await pause(reconnectMs > 0 && failed === 0 ? reconnectMs : backoffMs(failed + 2), signal).catch(() => undefined)
      failed++
    }
  }
  void run()
  return () => {
    isStopped = true
    stop.abort()
  }
}
