import { MillraceClientError } from './client-error.ts'
import { backoffMs, pause } from './pause.ts'

export interface RequestOptions {
  readonly fetch: typeof fetch
  /** Tries after the first one, where the server could not be reached or is too busy. */
  readonly retries: number
  readonly signal?: AbortSignal | undefined
}

/** An answer that has arrived whole. */
export interface Answered {
  readonly status: number
  readonly headers: Headers
  /** Its JSON, or undefined where it is none. */
  readonly body: unknown
}

/** A server that says more is not believed: it may say an hour. */
const MAX_RETRY_AFTER_MS = 10_000

/**
 * Asks until there is an answer that is worth something, and all of it has arrived. Safe for commands too: they carry their
 * id, so a server that has answered before answers the same again.
 */
export async function request(url: string, init: RequestInit, { fetch, retries, signal }: RequestOptions): Promise<Answered> {
  for (let attempt = 0; ; attempt++) {
    let failure: unknown
    let retryAfterMs = 0
    try {
      const response = await fetch(url, { ...init, ...(signal && { signal }) })
      const { status, headers } = response
      const body = toJson(await response.text())
      if (status !== 503 || attempt >= retries) return { status, headers, body }
      retryAfterMs = Math.min(Number(headers.get('retry-after')) * 1_000 || 0, MAX_RETRY_AFTER_MS)
    } catch (error) {
      if (signal?.aborted === true) throw error
      failure = error
    }
    if (attempt >= retries) {
      throw new MillraceClientError(0, 'UNREACHABLE', `no answer from ${url.split('?')[0] ?? url}`, { cause: failure })
    }
    await pause(retryAfterMs + backoffMs(attempt), signal)
  }
}

/** What the server says is wrong, as an error. */
export function toError({ status, body }: Answered): MillraceClientError {
  const {
    code = `HTTP_${status}`,
    detail = `the server answered ${status}`,
    issues,
    position,
  } = (body ?? {}) as {
    readonly code?: string
    readonly detail?: string
    readonly issues?: MillraceClientError['issues']
    readonly position?: string
  }
  return new MillraceClientError(status, code, detail, { issues, position })
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
