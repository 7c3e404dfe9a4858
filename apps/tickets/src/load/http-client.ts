/** Just enough of an HTTP client: connections kept open, at most so many, and answers read whole. */
import http from 'node:http'
import https from 'node:https'

export interface HttpAnswer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  /** Empty where the body was not wanted. */
  readonly body: string
  readonly bytes: number
}

export interface HttpRequest {
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** False reads the body and throws it away. */
  readonly wantsBody?: boolean
}

export interface HttpClient extends Disposable {
  request(path: string, request?: HttpRequest): Promise<HttpAnswer>
  /** The body as it comes. Fails where the status is not 200. */
  stream(path: string): Promise<AsyncIterable<string>>
}

const TIMEOUT_MS = 30_000

/** `opsKey`: sent with what is for operators; empty for none. */
export function createHttpClient(url: string, sockets: number, opsKey = ''): HttpClient {
  const base = new URL(url)
  const { request: send, Agent } = base.protocol === 'https:' ? https : http
  const agent = new Agent({ keepAlive: true, maxSockets: sockets, maxFreeSockets: sockets, scheduling: 'fifo' })
  const prefix = base.pathname.replace(/\/+$/, '')

  const open = (path: string, { method = 'GET', headers = {}, body }: HttpRequest): Promise<http.IncomingMessage> =>
    new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
      const right = opsKey !== '' && path.startsWith('/ops/') ? { authorization: `Bearer ${opsKey}` } : {}
      const request = send({
        agent,
        method,
        host: base.hostname.replace(/^\[|\]$/g, ''),
        port: base.port === '' ? undefined : base.port,
        path: `${prefix}${path}`,
        headers: { ...length, ...right, ...headers },
        timeout: TIMEOUT_MS,
      })
      request.on('response', resolve)
      request.on('timeout', () => request.destroy(Object.assign(new Error(`no answer in ${TIMEOUT_MS} ms`), { code: 'TIMEOUT' })))
      request.on('error', reject)
      request.end(body)
    })

  return {
    async request(path, request = {}) {
      const response = await open(path, request)
      return new Promise((resolve, reject) => {
        const chunks: Buffer[] = []
        let bytes = 0
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          if (request.wantsBody !== false) chunks.push(chunk)
        })
        response.on('error', reject)
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString(), bytes }),
        )
      })
    },
    async stream(path) {
      const response = await open(path, {})
      if (response.statusCode !== 200) {
        response.resume()
        throw new Error(`GET ${path} answered ${response.statusCode ?? 0}`)
      }
      return response.setEncoding('utf8') as AsyncIterable<string>
    },
    [Symbol.dispose]: () => agent.destroy(),
  }
}
