/** Watches one seat map many times over: a client of its own for each, all in this process. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { serveParent } from '../shared/child.ts'
import { get } from '../shared/wire.ts'

interface Settings {
  readonly port: number
  readonly path: string
  readonly watchers: number
  /** The seats that will be taken, in the order in which they will. */
  readonly seats: readonly string[]
}

/**
 * With `from` and `to`: what came of those seats. With `map`: whether every watcher's merged map equals it. With `isDeaf`: all
 * read no more from now on.
 */
export type WatchersRequest =
  { readonly from: number; readonly to: number } | { readonly map: Readonly<Record<string, string>> } | { readonly isDeaf: true }

export interface Delivered {
  /** When each watcher (outer) learned of each seat asked for, in epoch milliseconds; 0 for never. */
  readonly atMs: Float64Array
  readonly missing: number
  readonly frames: number
  readonly ended: number
}

interface SeatMap {
  readonly taken: Readonly<Record<string, string | null>>
}

/** One change, as all who are sent it share it: what it costs a watcher must not depend on what is in it. */
interface Told {
  readonly isSnapshot: boolean
  readonly taken: SeatMap['taken']
  /** Which of the seats that are waited for are in it. */
  readonly seats: readonly number[]
}

/** Many are sent the same bytes: parsed once. */
class Parsed {
  readonly #seatAt: ReadonlyMap<string, number>
  readonly #known = new Map<string, Told>()

  constructor(seats: readonly string[]) {
    this.#seatAt = new Map(seats.map((seat, at) => [seat, at]))
  }

  of(text: string, isSnapshot: boolean): Told {
    let told = this.#known.get(text)
    if (told === undefined) {
      const { taken } = JSON.parse(text) as SeatMap
      const seats = Object.keys(taken).flatMap((seat) => this.#seatAt.get(seat) ?? [])
      this.#known.set(text, (told = { isSnapshot, taken, seats }))
      if (this.#known.size > 64) for (const oldest of this.#known.keys()) if (this.#known.size > 32) this.#known.delete(oldest)
    }
    return told
  }
}

class Watcher {
  /** All it was told, and when (milliseconds from the start of this process). */
  readonly told: Told[] = []
  readonly toldMs: number[] = []
  isEnded = false
  readonly #parsed: Parsed
  readonly #socket: Socket
  #rest = ''
  #isBody = false

  constructor(socket: Socket, parsed: Parsed) {
    this.#socket = socket
    this.#parsed = parsed
    socket.setEncoding('latin1')
    socket.on('data', (text) => this.#take(text as unknown as string))
    socket.on('close', () => (this.isEnded = true))
    socket.on('error', () => (this.isEnded = true))
  }

  async untilSnapshot(): Promise<void> {
    while (this.told.length === 0 && !this.isEnded) await once(this.#socket, 'data')
  }

  /** The whole map, merged. */
  map(): Map<string, string> {
    const merged = new Map<string, string>()
    for (const { isSnapshot, taken } of this.told.slice(this.told.findLastIndex((each) => each.isSnapshot))) {
      if (isSnapshot) merged.clear()
      for (const [seat, status] of Object.entries(taken)) {
        if (status === null) merged.delete(seat)
        else merged.set(seat, status)
      }
    }
    return merged
  }

  /** When it learned of each of the seats `from` up to `to`, in epoch milliseconds; 0 for never. */
  learnedMs(from: number, to: number, into: Float64Array): void {
    this.told.forEach(({ seats }, told) => {
      for (const at of seats) {
        if (at >= from && at < to && into[at - from] === 0) into[at - from] = performance.timeOrigin + this.toldMs[told]!
      }
    })
  }

  stopReading(): void {
    this.#socket.pause()
  }

  close(): void {
    this.#socket.destroy()
  }

  /** Chunks of HTTP's chunked encoding are not told apart: their lengths stand on lines of their own, which no field has. */
  #take(text: string): void {
    const all = this.#rest + text
    let from = 0
    if (!this.#isBody) {
      const end = all.indexOf('\r\n\r\n')
      if (end < 0) return void (this.#rest = all)
      if (!all.startsWith('HTTP/1.1 200')) throw new Error(`a watcher was answered: ${all.slice(0, 300)}`)
      this.#isBody = true
      from = end + 4
    }
    for (let end = all.indexOf('\n\n', from); end >= 0; end = all.indexOf('\n\n', from)) {
      this.#frame(all.slice(from, end))
      from = end + 2
    }
    this.#rest = all.slice(from)
  }

  #frame(frame: string): void {
    const at = frame.indexOf('\ndata: ')
    if (at < 0) return
    this.told.push(this.#parsed.of(frame.slice(at + 7), frame.slice(0, at).endsWith('snapshot')))
    this.toldMs.push(performance.now())
  }
}

await serveParent<Settings, WatchersRequest>(async ({ port, path, watchers, seats }) => {
  const parsed = new Parsed(seats)
  const all: Watcher[] = []
  const request = get(path, 'Accept: text/event-stream\r\n')
  while (all.length < watchers) {
    const some = Array.from({ length: Math.min(50, watchers - all.length) }, async () => {
      const socket = connect({ port, host: '127.0.0.1' })
      await once(socket, 'connect')
      const watcher = new Watcher(socket, parsed)
      socket.write(request)
      all.push(watcher)
      await watcher.untilSnapshot()
    })
    await Promise.all(some)
  }
  return {
    ready: {},
    async answer(asked): Promise<Delivered | { readonly different: number }> {
      if ('map' in asked) {
        const wanted = Object.entries(asked.map)
        const different = all.filter((watcher) => {
          const map = watcher.map()
          return map.size !== wanted.length || wanted.some(([seat, status]) => map.get(seat) !== status)
        })
        return { different: different.length }
      }
      if ('isDeaf' in asked) {
        for (const watcher of all) watcher.stopReading()
        return { different: 0 }
      }
      const { from, to } = asked
      const atMs = new Float64Array(all.length * (to - from))
      all.forEach((watcher, at) => watcher.learnedMs(from, to, atMs.subarray(at * (to - from), (at + 1) * (to - from))))
      return {
        atMs,
        missing: atMs.reduce((sum, at) => sum + (at === 0 ? 1 : 0), 0),
        frames: all.reduce((sum, { told }) => sum + told.length, 0),
        ended: all.filter(({ isEnded }) => isEnded).length,
      }
    },
    close: async () => all.forEach((watcher) => watcher.close()),
  }
})
