/** One server-sent event, as far as the client needs it. */
export interface StreamEvent {
  readonly kind: string
  readonly data: string
  readonly id: string
}

export interface StreamHandlers {
  readonly onEvent: (event: StreamEvent) => void
  readonly onState: (state: 'connecting' | 'live' | 'lost') => void
}

const RECONNECT_MS = 1_000

/** Opens a stream with the platform's `EventSource`, which reconnects and resumes by itself, or else by hand. */
export function openStream(url: string, handlers: StreamHandlers): () => void {
  return typeof EventSource === 'undefined' ? openByFetch(url, handlers) : openEventSource(url, handlers)
}

function openEventSource(url: string, { onEvent, onState }: StreamHandlers): () => void {
  let source: EventSource | undefined
  let retry: ReturnType<typeof setTimeout> | undefined
  let isStopped = false
  const connect = (): void => {
    onState('connecting')
    const opened = new EventSource(url)
    source = opened
    for (const kind of ['snapshot', 'patch']) {
      opened.addEventListener(kind, (event) => {
        const { data, lastEventId } = event as unknown as { readonly data: string; readonly lastEventId: string }
        onEvent({ kind, data, id: lastEventId })
      })
    }
    opened.onopen = () => onState('live')
    opened.onerror = () => {
      if (isStopped) return
      onState('lost')
      // The browser tries again by itself unless the server refused: then a new one is needed.
      if (opened.readyState === EventSource.CLOSED) retry = setTimeout(connect, RECONNECT_MS)
    }
  }
  connect()
  return () => {
    isStopped = true
    clearTimeout(retry)
    source?.close()
  }
}

/** For Node, which has no `EventSource`. */
function openByFetch(url: string, { onEvent, onState }: StreamHandlers): () => void {
  const stop = new AbortController()
  let lastId = ''
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      onState('connecting')
      try {
        const headers = { accept: 'text/event-stream', ...(lastId !== '' && { 'last-event-id': lastId }) }
        const response = await fetch(url, { headers, signal: stop.signal })
        if (!response.ok || response.body === null) throw new Error(`status ${response.status}`)
        onState('live')
        for await (const event of eventsOf(response.body)) {
          if (event.id !== '') lastId = event.id
          if (event.kind === 'snapshot' || event.kind === 'patch') onEvent(event)
        }
      } catch {
        // Cut off, or not there: told as lost, and tried again.
      }
      if (stop.signal.aborted) return
      onState('lost')
      await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS))
    }
  }
  void run()
  return () => stop.abort()
}

/** Server-sent events out of their bytes. See https://html.spec.whatwg.org/multipage/server-sent-events.html */
export async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamEvent> {
  let rest = ''
  const decoder = new TextDecoder()
  for await (const bytes of body as unknown as AsyncIterable<Uint8Array>) {
    const blocks = (rest + decoder.decode(bytes, { stream: true })).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = { kind: 'message', data: '', id: '' }
      for (const line of block.split('\n')) {
        if (line.startsWith('data: ')) event.data += line.slice(6)
        else if (line.startsWith('event: ')) event.kind = line.slice(7)
        else if (line.startsWith('id: ')) event.id = line.slice(4)
      }
      if (event.data !== '') yield event
    }
  }
}
