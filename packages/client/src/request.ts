import { MillraceClientError } from './client-error.ts'

/** Between two tries: doubles up to the last, and is drawn between half and all of it. */
const PAUSE_MS = [100, 3_000] as const

export interface RequestOptions {
  readonly fetch: typeof fetch
  /** Tries after the first one, where the server could not be reached or is too busy. */
  readonly retries: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Asks until there is an answer that is worth something. Safe for commands too: they carry their id, so a server that has
 * answered before answers the same again.
 */
export async function request(url: string, init: RequestInit, { fetch, retries, signal }: RequestOptions): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    let failure: unknown
    let retryAfterMs = 0
    try {
      const response = await fetch(url, { ...init, ...(signal && { signal }) })
      if (response.status !== 503 || attempt >= retries) return response
      retryAfterMs = Number(response.headers.get('retry-after') ?? 0) * 1_000
    } catch (error) {
      if (signal?.aborted === true) throw error
      failure = error
    }
    if (attempt >= retries)
      throw new MillraceClientError(0, 'UNREACHABLE', `no answer from ${new URL(url, 'http://server').pathname}`, { cause: failure })
    const pauseMs = Math.min(PAUSE_MS[0] * 2 ** attempt, PAUSE_MS[1])
    await pause(Math.max(retryAfterMs, pauseMs * (0.5 + Math.random() / 2)), signal)
  }
}

/** What the server says is wrong, as an error. */
export async function toError(response: Response): Promise<MillraceClientError> {
  const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string; issues?: MillraceClientError['issues'] }
  const { code = `HTTP_${response.status}`, detail = response.statusText, issues = [] } = problem
  return new MillraceClientError(response.status, code, detail, { issues })
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    })
  })
}
