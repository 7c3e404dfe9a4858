import { MillraceError, type LiveQuery, type Running } from '@millrace/core'
import type { FastifyReply } from 'fastify'
import type { Socket } from 'node:net'
import type { Metrics } from '../metrics.ts'
import type { Problem } from '../problems.ts'
import { RequestError } from '../request-error.ts'
import type { ResumeOptions } from './event-id.ts'
import { Frames } from './frames.ts'
import { LiveStream, type EndReason, type LiveStreamOptions } from './live-stream.ts'
import { takeOver } from './take-over.ts'
import { Watches, type WatchesOptions, type WatchRequest } from './watches.ts'

const KEEP_ALIVE_MS = 15_000
/** Those who were cut off come back within this time, not all at once. */
const RECONNECT_MS = [500, 2_500] as const
/** All but its last lines. */
const HEAD = `HTTP/1.1 200 OK\r
content-type: text/event-stream; charset=utf-8\r
cache-control: no-store\r
vary: accept\r
x-accel-buffering: no\r
x-content-type-options: nosniff\r
connection: close\r
`

export interface LiveStreamsOptions {
  readonly maxStreams: number
  /** A client that has not read for so long while something waits for it is dropped. */
  readonly stalledMs: number
  /** How long a watch waits for the position it is to begin at. */
  readonly timeoutMs: number | undefined
  readonly metrics: Metrics
  /** Counts an error, and tells of it where it is the server's own. */
  readonly toProblem: (error: unknown) => Problem
}

/**
 * All live queries over SSE. A response has no length and no chunks: it ends with its connection, and after its head all
 * goes straight to the socket.
 */
export class LiveStreams {
  readonly #running: Running
  readonly #options: LiveStreamsOptions
  readonly #streams = new Set<LiveStream>()
  /** Told that they end, but not gone yet. */
  readonly #ending = new Set<LiveStream>()
  readonly #frames = new Frames()
  readonly #watching: WatchesOptions
  readonly #timer: NodeJS.Timeout
  #opening = 0
  #lastKeepAliveMs = performance.now()
  #closed = false
  readonly #gone = Promise.withResolvers<void>()

  constructor(running: Running, options: LiveStreamsOptions) {
    this.#running = running
    this.#options = options
    const { timeoutMs, toProblem } = options
    this.#watching = { running, timeoutMs, toProblem, end: (stream, reason) => this.#end(stream, reason) }
    this.#timer = setInterval(() => this.#tend(), Math.min(5_000, options.stalledMs / 2))
    this.#timer.unref()
  }

  /** Connections. */
  get size(): number {
    return this.#streams.size
  }

  /** Queries watched over them. */
  get watches(): number {
    let watches = 0
    for (const stream of this.#streams) watches += stream.size
    return watches
  }

  /** Watches one query; where that is not possible, the request fails. */
  async openOne(name: string, input: unknown, options: ResumeOptions, reply: FastifyReply): Promise<void> {
    this.#admit()
    const state: { stream?: LiveStream; isEnded?: boolean } = {}
    let live: LiveQuery
    this.#opening++
    try {
      live = await this.#running.live(name, input, {
        ...options,
        onReady: () => state.stream?.pull(0),
        onEnd: () => {
          state.isEnded = true
          if (state.stream !== undefined) this.#end(state.stream, 'stopped')
        },
      })
    } finally {
      this.#opening--
    }
    try {
      if (this.#closed || state.isEnded === true) throw stopping()
      const socket = this.#begin(reply)
      if (socket === undefined) {
        live[Symbol.dispose]()
        return
      }
      state.stream = this.#add(socket, (_at, change) => this.#frames.head(change.position, undefined, change))
    } catch (error) {
      live[Symbol.dispose]()
      throw error
    }
    state.stream.set(0, live)
  }

  /** Watches several; what goes wrong with one of them is told in its place. */
  openMany(requests: readonly WatchRequest[], reply: FastifyReply): void {
    this.#admit()
    const socket = this.#begin(reply)
    if (socket === undefined) return
    const watches = new Watches(requests, this.#watching)
    watches.open(this.#add(socket, (at, change) => this.#frames.head(watches.id, at, change)))
  }

  /** Says goodbye to all, so that they connect again elsewhere, or here when it is back. Resolves when they are gone. */
  close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    // Those that wait for a client which does not read need not wait longer.
    for (const stream of this.#ending) stream.destroy()
    for (const stream of [...this.#streams]) this.#end(stream, 'stopping')
    if (this.#ending.size === 0) this.#gone.resolve()
    return this.#gone.promise
  }

  #admit(): void {
    if (this.#closed) throw stopping()
    const { maxStreams } = this.#options
    if (this.#streams.size + this.#opening < maxStreams) return
    throw new MillraceError(
      'OVERLOADED',
      `${maxStreams} live connections are open, which is the limit; ask without text/event-stream, or later`,
    )
  }

  /** The socket that all goes to from now on, or undefined where the client has left meanwhile. */
  #begin(reply: FastifyReply): Socket | undefined {
    const { socket } = reply.raw
    if (socket === null) throw new RequestError('REQUEST_INVALID', 'a live query cannot be pipelined behind another request')
    reply.hijack()
    if (!socket.writable) return undefined
    const taken = takeOver(socket)
    const [least, most] = RECONNECT_MS
    taken.write(`${HEAD}date: ${new Date().toUTCString()}\r\n\r\nretry: ${Math.round(least + Math.random() * (most - least))}\n\n`)
    return taken
  }

  #add(socket: Socket, headOf: LiveStreamOptions['headOf']): LiveStream {
    const onClose = (): void => {
      this.#streams.delete(stream)
      this.#ending.delete(stream)
      if (this.#closed && this.#ending.size === 0) this.#gone.resolve()
    }
    const stream = new LiveStream(socket, { frames: this.#frames, headOf, onClose })
    this.#streams.add(stream)
    return stream
  }

  #end(stream: LiveStream, reason: EndReason): void {
    if (!this.#streams.delete(stream)) return
    this.#options.metrics.streamEnded(reason)
    this.#ending.add(stream)
    stream.end(reason)
  }

  #tend(): void {
    const nowMs = performance.now()
    const isTime = nowMs - this.#lastKeepAliveMs >= KEEP_ALIVE_MS
    if (isTime) this.#lastKeepAliveMs = nowMs
    for (const stream of this.#streams) {
      if (stream.stalledForMs(nowMs) >= this.#options.stalledMs) this.#end(stream, 'stalled')
      else if (isTime) stream.keepAlive()
    }
  }
}

const stopping = (): MillraceError => new MillraceError('APP_STOPPED', 'the server is stopping; connect again')
