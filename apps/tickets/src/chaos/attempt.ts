/** One HTTP request, once, with what may befall it on its way. */
import http from 'node:http'

export interface AttemptRequest {
  readonly agent: http.Agent
  readonly url: string
  readonly path: string
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly timeoutMs: number
  /** Cuts the connection after so many milliseconds. */
  readonly cutAfterMs?: number | undefined
  /** Throws the answer away when it comes: the client is not shown it. */
  readonly isLost?: boolean
}

export interface Attempted {
  /** 0 where there is no answer. */
  readonly status: number
  readonly position: string | undefined
  readonly body: unknown
}

const NOTHING: Attempted = { status: 0, position: undefined, body: undefined }

export function attempt({ agent, url, path, method, headers, body, timeoutMs, cutAfterMs, isLost }: AttemptRequest): Promise<Attempted> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(url)
    const length = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }
    const request = http.request({ agent, hostname, port, path, method, headers: { ...length, ...headers } })
    const timers = [setTimeout(() => request.destroy(new Error('too late')), timeoutMs)]
    if (cutAfterMs !== undefined) timers.push(setTimeout(() => request.destroy(new Error('cut')), cutAfterMs))
    const end = (attempted: Attempted): void => {
      for (const timer of timers) clearTimeout(timer)
      resolve(attempted)
    }
    request.on('error', () => end(NOTHING))
    request.on('close', () => end(NOTHING))
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('error', () => end(NOTHING))
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const position = response.headers['millrace-position']
        if (isLost === true || !response.complete) end(NOTHING)
        else
          end({
            status: response.statusCode ?? 0,
            position: typeof position === 'string' ? position : undefined,
            body: toJson(Buffer.concat(chunks).toString()),
          })
      })
    })
    request.end(body)
  })
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
