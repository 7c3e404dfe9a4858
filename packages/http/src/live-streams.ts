import { MillraceError, type Change, type LiveQuery, type QueryOptions, type Running } from '@millrace/core'
import type { FastifyReply } from 'fastify'
import type { Socket } from 'node:net'
import type { Metrics } from './metrics.ts'
import { RequestError } from './request-error.ts'

const KEEP_ALIVE = Buffer.from(': keep-alive\n\n')
const KEEP_ALIVE_MS = 15_000
/** Those who were cut off come back within this time, not all at once. */
const RECONNECT_MS = [500, 2_500] as const

export interface LiveStreamsOptions {
  readonly maxStreams: number
  /** A client that has not read for so long while something waits for it is dropped. */
  readonly stalledMs: number
}

interface Stream {
  readonly socket: Socket
  readonly live: LiveQuery
  /** Since when the socket is full, or 0. */
  fullSinceMs: number
}

/**
 * All live queries over SSE. What waits for a client stays in the answer they share: here is at most one full socket each.
 *
 * The response has no length and no chunks: it ends with its connection, and after its head all goes straight to the socket.
 */
export class LiveStreams {
  readonly #running: Running
  readonly #metrics: Metrics
  readonly #options: LiveStreamsOptions
  readonly #streams = new Set<Stream>()
  readonly #frames = new WeakMap<Change, Buffer>()
  readonly #timer: NodeJS.Timeout
  #opening = 0
  #lastKeepAliveMs = performance.now()
  #closed = false

  constructor(running: Running, metrics: Metrics, options: LiveStreamsOptions) {
    this.#running = running
    this.#metrics = metrics
    this.#options = options
    this.#timer = setInterval(() => this.#tend(), Math.min(5_000, options.stalledMs / 2))
    this.#timer.unref()
  }

  get size(): number {
    return this.#streams.size
  }

  async open(name: string, input: unknown, options: QueryOptions & { resume?: string }, reply: FastifyReply): Promise<void> {
    const { maxStreams } = this.#options
    if (this.#closed) throw stopping()
    if (this.#streams.size + this.#opening >= maxStreams) {
      throw new MillraceError(
        'OVERLOADED',
        `${maxStreams} live queries are open, which is the limit; ask without text/event-stream, or later`,
      )
    }
    const state: { stream?: Stream; isEnded?: boolean } = {}
    let live: LiveQuery
    this.#opening++
    try {
      live = await this.#running.live(name, input, {
        ...options,
        onReady: () => state.stream !== undefined && this.#pull(state.stream),
        onEnd: () => {
          state.isEnded = true
          if (state.stream !== undefined) this.#end(state.stream, 'stopped')
        },
      })
    } finally {
      this.#opening--
    }
    const { socket } = reply.raw
    // Meanwhile the client may have left, or the server been told to stop.
    if (socket === null || socket.destroyed || this.#closed || state.isEnded === true) {
      live[Symbol.dispose]()
      if (this.#closed || state.isEnded === true) throw stopping()
      if (socket === null) throw new RequestError('REQUEST_INVALID', 'a live query cannot be pipelined behind another request')
      reply.hijack()
      return
    }
    this.#begin(reply)
    const stream: Stream = { socket, live, fullSinceMs: 0 }
    state.stream = stream
    this.#streams.add(stream)
    socket.on('drain', () => {
      stream.fullSinceMs = 0
      this.#pull(stream)
    })
    socket.on('close', () => this.#forget(stream))
    this.#pull(stream)
  }

  /** Says goodbye to all, so that they connect again elsewhere, or here when it is back. */
  close(): void {
    this.#closed = true
    clearInterval(this.#timer)
    for (const stream of [...this.#streams]) this.#end(stream, 'stopping')
  }

  #begin(reply: FastifyReply): void {
    const response = reply.hijack().raw
    response.useChunkedEncodingByDefault = false
    response.shouldKeepAlive = false
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      vary: 'accept',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    })
    const [least, most] = RECONNECT_MS
    response.write(`retry: ${Math.round(least + Math.random() * (most - least))}\n\n`)
  }

  /** Writes what there is, as far as the socket takes it. */
  #pull(stream: Stream): void {
    if (stream.fullSinceMs > 0) return
    for (let change = stream.live.next(); change !== undefined; change = stream.live.next()) {
      if (!stream.socket.write(this.#frame(change))) {
        stream.fullSinceMs = performance.now()
        return
      }
    }
  }

  /** One encoding for all who are given the same change. */
  #frame(change: Change): Buffer {
    const known = this.#frames.get(change)
    if (known !== undefined) return known
    const frame = Buffer.from(`id: ${change.position}\nevent: ${change.kind}\ndata: ${change.json}\n\n`)
    this.#frames.set(change, frame)
    return frame
  }

  #end(stream: Stream, reason: 'stopping' | 'stopped'): void {
    if (!this.#forget(stream)) return
    this.#metrics.streamEnded(reason)
    stream.socket.end(`event: bye\ndata: {"reason":"${reason}"}\n\n`)
    setTimeout(() => stream.socket.destroy(), 1_000).unref()
  }

  #forget(stream: Stream): boolean {
    stream.live[Symbol.dispose]()
    return this.#streams.delete(stream)
  }

  #tend(): void {
    const nowMs = performance.now()
    const isTime = nowMs - this.#lastKeepAliveMs >= KEEP_ALIVE_MS
    if (isTime) this.#lastKeepAliveMs = nowMs
    for (const stream of this.#streams) {
      if (stream.fullSinceMs > 0) {
        if (nowMs - stream.fullSinceMs < this.#options.stalledMs) continue
        this.#metrics.streamEnded('stalled')
        this.#forget(stream)
        stream.socket.destroy()
      } else if (isTime && !stream.socket.write(KEEP_ALIVE)) stream.fullSinceMs = nowMs
    }
  }
}

const stopping = (): MillraceError => new MillraceError('APP_STOPPED', 'the server is stopping; connect again')
