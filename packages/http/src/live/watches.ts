import { MillraceError, type Running } from '@millrace/core'
import type { Problem } from '../problems.ts'
import { toEventId, toResume } from './event-id.ts'
import type { EndReason, LiveStream } from './live-stream.ts'

/** One of several queries that a stream watches. */
export interface WatchRequest {
  readonly name: string
  /** Throws where it is not what the query takes. */
  readonly input: () => unknown
  readonly after: string | undefined
  readonly maxAgeMs: number | undefined
  /** What the client has, as its last event id says; empty: nothing. */
  readonly resume: string
}

export interface WatchesOptions {
  readonly running: Running
  /** How long a watch waits for the position that it begins at. */
  readonly timeoutMs: number | undefined
  readonly toProblem: (error: unknown) => Problem
  readonly end: (stream: LiveStream, reason: EndReason) => void
}

/** The watches of one stream of several. What goes wrong with one is told in its place, and the others go on. */
export class Watches {
  readonly #requests: readonly WatchRequest[]
  readonly #options: WatchesOptions
  /** What the client has of each that is not open; kept in the ids meanwhile. */
  readonly #tokens: string[]
  #left: number
  #stream: LiveStream | undefined

  constructor(requests: readonly WatchRequest[], options: WatchesOptions) {
    this.#requests = requests
    this.#options = options
    this.#tokens = requests.map(({ resume }) => resume)
    this.#left = requests.length
  }

  /** The `id:` of the next event. */
  get id(): string {
    return toEventId(this.#tokens.map((_, each) => this.#tokenOf(each)))
  }

  open(stream: LiveStream): void {
    this.#stream = stream
    for (const at of this.#requests.keys()) void this.#open(stream, at)
  }

  /** What the client has of it. */
  #tokenOf(at: number): string {
    const told = this.#stream?.get(at)?.resume ?? ''
    return told === '' ? this.#tokens[at]! : told
  }

  async #open(stream: LiveStream, at: number): Promise<void> {
    const { name, input, after, maxAgeMs } = this.#requests[at]!
    let ended: Error | undefined
    let isOpen = false
    try {
      const live = await this.#options.running.live(name, input(), {
        ...toResume(after, this.#tokens[at]!, this.#options.timeoutMs),
        maxAgeMs,
        onReady: () => stream.pull(at),
        onEnd: (error) => {
          ended = error
          if (isOpen) this.#ended(stream, at, error)
        },
      })
      if (stream.isReleased || ended !== undefined) live[Symbol.dispose]()
      if (ended !== undefined) throw ended
      if (stream.isReleased) return
      isOpen = true
      stream.set(at, live)
    } catch (error) {
      this.#ended(stream, at, error)
    }
  }

  #ended(stream: LiveStream, at: number, error: unknown): void {
    this.#tokens[at] = this.#tokenOf(at)
    stream.unset(at)
    if (stream.isReleased) return
    const code = error instanceof MillraceError ? error.code : undefined
    if (code === 'APP_STOPPED') return this.#options.end(stream, 'stopped')
    // Another build serves: it goes on there, from where it has come to.
    if (code === 'READ_MODEL_SWITCHED') return void this.#open(stream, at)
    stream.tell(`event: ${at}.error\ndata: ${JSON.stringify(this.#options.toProblem(error))}\n\n`)
    if (--this.#left === 0) this.#options.end(stream, 'failed')
  }
}
