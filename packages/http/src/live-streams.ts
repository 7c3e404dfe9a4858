import type { Change, LiveQuery, Running } from '@millrace/core'
import type { FastifyReply } from 'fastify'
import type { ServerResponse } from 'node:http'
import type { Metrics } from './metrics.ts'
import { RequestError } from './request-error.ts'

const KEEP_ALIVE_MS = 15_000
/** A client that has not read for so long while something waits for it is dropped. */
const STALLED_MS = 30_000

interface Stream {
  readonly response: ServerResponse
  readonly live: LiveQuery
  /** Since when the socket is full, or 0. */
  fullSinceMs: number
}

/** All live queries over SSE. What waits for a client stays in the answer they share: here is at most one full socket each. */
export class LiveStreams {
  readonly #running: Running
  readonly #metrics: Metrics
  readonly #maxStreams: number
  readonly #streams = new Set<Stream>()
  readonly #frames = new WeakMap<Change, Buffer>()
  readonly #timer: NodeJS.Timeout
  #opening = 0
  #lastKeepAliveMs = performance.now()
  #closed = false

  constructor(running: Running, metrics: Metrics, maxStreams: number) {
    this.#running = running
    this.#metrics = metrics
    this.#maxStreams = maxStreams
    this.#timer = setInterval(() => this.#tend(), 5_000)
    this.#timer.unref()
  }

  get size(): number {
    return this.#streams.size
  }

  async open(
    name: string,
    input: unknown,
    { after, resume }: { readonly after: string | undefined; readonly resume: string | undefined },
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    if (this.#closed) throw new RequestError(503, 'APP_STOPPED', 'the server is stopping')
    if (this.#streams.size + this.#opening >= this.#maxStreams) {
      throw new RequestError(
        503,
        'OVERLOADED',
        `${this.#maxStreams} live queries are open, which is the limit; ask without text/event-stream, or later`,
      )
    }
    const opened: { stream?: Stream } = {}
    this.#opening++
    let live: LiveQuery
    try {
      live = await this.#running.live(name, input, {
        after,
        resume,
        onReady: () => opened.stream !== undefined && this.#pull(opened.stream),
        onEnd: () => opened.stream !== undefined && this.#end(opened.stream, 'stopped'),
      })
    } finally {
      this.#opening--
    }
    const response = reply.hijack().raw
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    })
    const stream: Stream = { response, live, fullSinceMs: 0 }
    opened.stream = stream
    this.#streams.add(stream)
    response.on('drain', () => {
      stream.fullSinceMs = 0
      this.#pull(stream)
    })
    response.on('close', () => this.#forget(stream))
    response.on('error', () => this.#forget(stream))
    this.#pull(stream)
    return reply
  }

  /** Says goodbye to all, so that they connect again elsewhere, or here when it is back. */
  close(): void {
    this.#closed = true
    clearInterval(this.#timer)
    for (const stream of [...this.#streams]) this.#end(stream, 'stopping')
  }

  /** Writes what there is, as far as the socket takes it. */
  #pull(stream: Stream): void {
    if (stream.fullSinceMs > 0) return
    for (let change = stream.live.next(); change !== undefined; change = stream.live.next()) {
      if (!stream.response.write(this.#frame(change))) {
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

  #end(stream: Stream, reason: string): void {
    if (!this.#forget(stream)) return
    stream.response.end(`event: bye\ndata: ${JSON.stringify({ reason })}\n\n`)
    setTimeout(() => stream.response.destroy(), 1_000).unref()
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
      if (stream.fullSinceMs > 0 && nowMs - stream.fullSinceMs > STALLED_MS) {
        this.#metrics.streamsDropped++
        this.#forget(stream)
        stream.response.destroy()
      } else if (isTime && stream.fullSinceMs === 0) stream.response.write(': keep-alive\n\n')
    }
  }
}
