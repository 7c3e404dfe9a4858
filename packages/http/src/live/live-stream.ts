import type { Change, LiveQuery } from '@millrace/core'
import type { Socket } from 'node:net'
import { writePieces, type Frames, type Written } from './frames.ts'

const KEEP_ALIVE = ': keep-alive\n\n'
/** So long the last word has to be sent. */
const BYE_MS = 1_000
/** One who did not read may do so yet. */
const STALLED_BYE_MS = 5_000

/** Why the server ended a stream. */
export type EndReason = 'failed' | 'stalled' | 'stopped' | 'stopping'

export interface LiveStreamOptions {
  readonly frames: Frames
  /** What stands before the data of a change of the watch `at`. */
  readonly headOf: (at: number, change: Change) => string
  readonly onClose: () => void
}

/**
 * One client's connection, and what it watches. Changes wait in the answers that all share: here waits at most what filled
 * the socket, which is shared as well.
 */
export class LiveStream {
  readonly #socket: Socket
  readonly #options: LiveStreamOptions
  readonly #watches: (LiveQuery | undefined)[] = []
  /** Of a large frame, what is not written yet. */
  #rest: Buffer | undefined
  /** Since when the socket has taken nothing, or 0. */
  #fullSinceMs = 0
  /** The watch that comes first when there is room again: a busy one must not keep the others away. */
  #turn = 0
  #isReleased = false

  constructor(socket: Socket, options: LiveStreamOptions) {
    this.#socket = socket
    this.#options = options
    socket.on('drain', () => this.#drained())
    socket.on('close', () => {
      this.release()
      options.onClose()
    })
  }

  /** Nobody is told anything more. */
  get isReleased(): boolean {
    return this.#isReleased
  }

  /** How many queries are watched. */
  get size(): number {
    return this.#watches.reduce((count, live) => count + (live === undefined ? 0 : 1), 0)
  }

  set(at: number, live: LiveQuery): void {
    this.#watches[at] = live
    this.pull(at)
  }

  get(at: number): LiveQuery | undefined {
    return this.#watches[at]
  }

  unset(at: number): void {
    this.#watches[at]?.[Symbol.dispose]()
    this.#watches[at] = undefined
  }

  /** Writes what there is of one watch, as far as the socket takes it. */
  pull(at: number): void {
    const live = this.#watches[at]
    while (this.#fullSinceMs === 0) {
      const change = live?.next()
      if (change === undefined) return
      this.#note(this.#options.frames.write(this.#socket, this.#options.headOf(at, change), change))
      this.#turn = at + 1
    }
  }

  /** A small event beside the changes. */
  tell(event: string): void {
    if (this.#isReleased) return
    this.#flushRest()
    if (!this.#socket.write(event)) this.#note({ isTaken: false, rest: undefined })
  }

  keepAlive(): void {
    if (this.#fullSinceMs === 0) this.tell(KEEP_ALIVE)
  }

  /** For how long the client has not read, though something waits for it. */
  stalledForMs(nowMs: number): number {
    return this.#fullSinceMs === 0 ? 0 : nowMs - this.#fullSinceMs
  }

  /** Says why, behind what the client has been sent, and closes. */
  end(reason: EndReason): void {
    if (this.#isReleased) return
    this.#flushRest()
    this.release()
    this.#socket.end(`event: bye\ndata: {"reason":"${reason}"}\n\n`)
    setTimeout(() => this.destroy(), reason === 'stalled' ? STALLED_BYE_MS : BYE_MS).unref()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  release(): void {
    this.#isReleased = true
    this.#rest = undefined
    for (const at of this.#watches.keys()) this.unset(at)
  }

  #drained(): void {
    this.#fullSinceMs = 0
    if (this.#isReleased) return
    const rest = this.#rest
    this.#rest = undefined
    if (rest !== undefined) this.#note(writePieces(this.#socket, rest))
    const { length } = this.#watches
    const turn = this.#turn
    for (let count = 0; count < length && this.#fullSinceMs === 0; count++) this.pull((turn + count) % length)
  }

  #flushRest(): void {
    if (this.#rest !== undefined) this.#socket.write(this.#rest)
    this.#rest = undefined
  }

  #note({ isTaken, rest }: Written): void {
    if (isTaken) return
    this.#rest = rest
    this.#fullSinceMs ||= performance.now()
  }
}
