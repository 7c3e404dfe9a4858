/** A client that costs as little as one can, so that what is measured is the server: HTTP/1.1 over a socket, kept alive. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface WireAnswer {
  readonly status: number
  readonly head: string
  readonly body: Buffer
}

const NOTHING = Buffer.alloc(0)

/** One connection, one request at a time. Answers must have a `Content-Length`. */
export class Wire {
  readonly #socket: Socket
  #received: Buffer = NOTHING
  #resolve: ((answer: WireAnswer) => void) | undefined
  #reject: ((error: Error) => void) | undefined
  isBusy = false

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk) => this.#take(chunk))
    socket.on('close', () => this.#fail(new Error('the server closed the connection')))
    socket.on('error', (error) => this.#fail(error))
  }

  static async open(port: number): Promise<Wire> {
    const socket = connect({ port, host: '127.0.0.1' })
    await once(socket, 'connect')
    return new Wire(socket)
  }

  ask(request: string): Promise<WireAnswer> {
    if (this.isBusy) throw new Error('one request at a time')
    this.isBusy = true
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      this.#socket.write(request)
    })
  }

  close(): void {
    this.#socket.destroy()
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    const end = this.#received.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = this.#received.toString('latin1', 0, end)
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    if (length === undefined) return this.#fail(new Error(`an answer without Content-Length: ${head}`))
    const next = end + 4 + Number(length)
    if (this.#received.length < next) return
    const body = this.#received.subarray(end + 4, next)
    this.#received = NOTHING
    this.isBusy = false
    this.#resolve?.({ status: Number(head.slice(9, 12)), head, body })
  }

  #fail(error: Error): void {
    if (!this.isBusy) return
    this.isBusy = false
    this.#reject?.(error)
  }
}

export const openWires = (port: number, count: number): Promise<readonly Wire[]> =>
  Promise.all(Array.from({ length: count }, () => Wire.open(port)))

export const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}\r\n`

/** `body` is ASCII. */
export const post = (path: string, body: string, headers = ''): string =>
  `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n${headers}\r\n${body}`

export const headerOf = ({ head }: WireAnswer, name: string): string | undefined =>
  new RegExp(`\\r\\n${name}: *([^\\r]*)`, 'i').exec(head)?.[1]

/** Fails where the answer is not a 200: a load that is refused is quick, and measures nothing. */
export function expectOk(answer: WireAnswer): WireAnswer {
  if (answer.status === 200) return answer
  throw new Error(`answered ${answer.status}: ${answer.body.toString('utf8', 0, 300)}`)
}
