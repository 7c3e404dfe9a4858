/** Stands between a client and a broker, and does to their connection what networks do. */
import { connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { filterAnswers, watchRequests } from './kafka-frames.ts'

/** Somebody else may hold the port for a moment while connections are refused, in milliseconds. */
const LISTEN_TIMEOUT_MS = 5_000

export interface TcpProxyOptions {
  readonly to: { readonly host: string; readonly port: number }
  /** Default: a free one. */
  readonly listenPort?: number
}

export interface TcpProxy extends AsyncDisposable {
  readonly port: number
  /** How long whatever passes takes, each way, in milliseconds (0 at first). */
  delayMs: number
  /** Resets the connections there are. New ones are taken. */
  cut(): void
  /** While on, new connections are refused. Those there are stay: see `cut`. */
  refuse(on: boolean): Promise<void>
  /**
   * While on, connections are taken and nothing passes on any, either way, not even its end: as when a machine or a
   * network is gone without a word. Off again, all that was held passes.
   */
  halfOpen(on: boolean): void
  /** While on, requests pass and their answers are thrown away. Off again, connections that lost some are reset. */
  dropAnswers(on: boolean): void
  /**
   * The next request (of that Kafka API) passes, so that the broker acts; its answer is thrown away and the connection
   * reset. Resolves when that has happened.
   */
  dropNextAnswer(of?: { readonly apiKey?: number }): Promise<void>
}

/** Listens on 127.0.0.1. Understands what passes only as far as requests and answers go, and lets pass what is neither. */
export async function openTcpProxy({ to, listenPort = 0 }: TcpProxyOptions): Promise<TcpProxy> {
  const links = new Set<Link>()
  const faults: Faults = { delayMs: 0, gate: undefined, isMute: false, doomed: [] }
  let openGate: () => void = () => undefined
  let server = await listen(listenPort, take)
  const { port } = server.address() as { readonly port: number }

  function take(client: Socket): void {
    const link = new Link(client, to, faults)
    links.add(link)
    client.once('close', () => links.delete(link))
  }
  function halfOpen(on: boolean): void {
    if (on && faults.gate === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>()
      faults.gate = promise
      openGate = resolve
    } else if (!on) {
      faults.gate = undefined
      openGate()
    }
  }
  function cut(): void {
    for (const link of links) link.reset()
  }

  return {
    port,
    get delayMs() {
      return faults.delayMs
    },
    set delayMs(value) {
      faults.delayMs = value
    },
    cut,
    halfOpen,
    async refuse(on) {
      if (on) server.close()
      else if (!server.listening) server = await listen(port, take)
    },
    dropAnswers(on) {
      faults.isMute = on
      if (!on) for (const link of links) if (link.hasLostAnswers) link.reset()
    },
    dropNextAnswer({ apiKey } = {}) {
      const { promise, resolve } = Promise.withResolvers<void>()
      faults.doomed.push({ apiKey, onDropped: resolve })
      return promise
    },
    [Symbol.asyncDispose]() {
      server.close()
      cut()
      halfOpen(false)
      return Promise.resolve()
    },
  }
}

interface Doomed {
  /** Undefined for any. */
  readonly apiKey: number | undefined
  readonly onDropped: () => void
}

interface Faults {
  delayMs: number
  /** Set while nothing passes: resolves when it does again. */
  gate: Promise<void> | undefined
  isMute: boolean
  readonly doomed: Doomed[]
}

/** One connection of a client, and the one to the broker that stands for it. */
class Link {
  hasLostAnswers = false
  readonly #client: Socket
  readonly #faults: Faults
  readonly #dropped = new Map<number, Doomed>()
  #broker: Socket | undefined

  constructor(client: Socket, to: TcpProxyOptions['to'], faults: Faults) {
    this.#client = client
    this.#faults = faults
    client.on('error', () => undefined)
    client.setNoDelay(true)
    void this.#join(to)
  }

  reset(): void {
    this.#client.resetAndDestroy()
    this.#broker?.resetAndDestroy()
  }

  async #join(to: TcpProxyOptions['to']): Promise<void> {
    await this.#faults.gate
    if (this.#client.destroyed) return
    const broker = (this.#broker = connect(to))
    broker.on('error', () => undefined)
    broker.setNoDelay(true)
    const watch = watchRequests((head) => {
      const at = this.#faults.doomed.findIndex(({ apiKey }) => apiKey === undefined || apiKey === head.apiKey)
      if (at >= 0) this.#dropped.set(head.correlationId, this.#faults.doomed.splice(at, 1)[0]!)
    })
    let found: Doomed | undefined
    const filter = filterAnswers((correlationId) => (found = this.#dropped.get(correlationId)) === undefined)
    this.#pump(this.#client, broker, (chunk) => {
      watch(chunk)
      broker.write(chunk)
    })
    this.#pump(broker, this.#client, (chunk) => {
      if (this.#faults.isMute) this.hasLostAnswers = true
      if (this.hasLostAnswers) return
      const { passed, isOver } = filter(chunk)
      if (!isOver) this.#client.write(passed)
      else {
        // What came before it is written first: a reset would overtake it.
        this.#client.end(passed, () => {
          this.reset()
          found?.onDropped()
        })
      }
    })
  }

  /** Each chunk after those before it, not before its time, and not while nothing passes. */
  #pump(from: Socket, to: Socket, write: (chunk: Buffer) => void): void {
    let last = Promise.resolve()
    const then = (act: () => void): void => {
      const dueMs = performance.now() + this.#faults.delayMs
      last = last.then(async () => {
        const waitMs = dueMs - performance.now()
        if (waitMs > 0) await sleep(waitMs)
        while (this.#faults.gate !== undefined) await this.#faults.gate
        if (!to.destroyed) act()
      })
    }
    from.on('data', (chunk: Buffer) => {
      then(() => write(chunk))
      if (!to.writableNeedDrain) return
      from.pause()
      to.once('drain', () => from.resume())
    })
    from.once('close', (hadError) => then(() => (hadError ? to.resetAndDestroy() : to.end(() => to.destroy()))))
  }
}

async function listen(port: number, onConnection: (socket: Socket) => void): Promise<Server> {
  const deadline = performance.now() + LISTEN_TIMEOUT_MS
  for (;;) {
    const server = createServer(onConnection)
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, '127.0.0.1', resolve)
      })
      return server
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || performance.now() > deadline) throw error
      await sleep(100)
    }
  }
}
