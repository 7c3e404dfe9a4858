/** One server-sent event, as far as the client needs it. */
export interface StreamEvent {
  readonly kind: string
  readonly data: string
  /** The last id that the stream has said. */
  readonly id: string
}

export interface EventHandlers {
  readonly onEvent: (event: StreamEvent) => void
  /** How long the server wants to be left alone after the stream has ended. */
  readonly onRetry: (ms: number) => void
  /** The stream is at this id, also where no event comes with it. */
  readonly onId?: (id: string) => void
  /** Something came, if only to say that the other side is there. */
  readonly onBytes?: () => void
}

/** Reads server-sent events until the stream ends. See https://html.spec.whatwg.org/multipage/server-sent-events.html */
export async function readEvents(body: ReadableStream<Uint8Array>, { onEvent, onRetry, onId, onBytes }: EventHandlers): Promise<void> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let parts: string[] = []
  let kind = ''
  let data: string | undefined
  let id = ''

  const takeLine = (line: string): void => {
    if (line === '') {
      if (data !== undefined) report(() => onEvent({ kind: kind === '' ? 'message' : kind, data: data ?? '', id }))
      else if (id !== '') onId?.(id)
      kind = ''
      data = undefined
      return
    }
    const [, field, value = ''] = /^([^:]*):? ?([^]*)$/.exec(line) ?? []
    if (field === 'data') data = data === undefined ? value : `${data}\n${value}`
    else if (field === 'event') kind = value
    else if (field === 'id') id = value
    else if (field === 'retry' && /^\d+$/.test(value)) onRetry(Number(value))
  }

  for (;;) {
    const { value, done } = await reader.read()
    if (done) return
    onBytes?.()
    // A large event comes in many pieces: they are joined once, when its line ends.
    const lines = decoder.decode(value, { stream: true }).split(/\r?\n/)
    const last = lines.pop() ?? ''
    for (const line of lines) {
      takeLine(parts.length > 0 ? parts.join('') + line : line)
      parts = []
    }
    if (last !== '') parts.push(last)
  }
}

/** What a handler throws is its own affair: it is told as uncaught, and the stream goes on, as with `EventSource`. */
function report(work: () => void): void {
  try {
    work()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
