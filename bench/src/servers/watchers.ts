/** Watches one seat map many times over: a client of its own for each, all in this process. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { serveParent } from '../shared/child.ts'
import { epochMs } from '../shared/metronome.ts'
import { get } from '../shared/wire.ts'

interface Settings {
  readonly port: number
  readonly path: string
  readonly watchers: number
  /** The seats that will be taken, in the order in which they will. */
  readonly seats: readonly string[]
}

/** With `from` and `to`: what came of those seats. With `map`: whether every watcher's merged map equals it. */
export type WatchersRequest = { readonly from: number; readonly to: number } | { readonly map: Readonly<Record<string, string>> }

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

/** Many are sent the same bytes: parsed once. */
class Parsed {
  readonly #known = new Map<string, SeatMap>()

  of(text: string): SeatMap {
    let map = this.#known.get(text)
    if (map === undefined) {
      map = JSON.parse(text) as SeatMap
      this.#known.set(text, map)
      if (this.#known.size > 64) for (const oldest of this.#known.keys()) if (this.#known.size > 32) this.#known.delete(oldest)
    }
    return map
  }
}

const parsed = new Parsed()

class Watcher {
  /** The last snapshot, shared with all who were sent the same one, and what came after it. */
  snapshot: SeatMap | undefined
  readonly since = new Map<string, string | null>()
  readonly learnedMs: Float64Array
  frames = 0
  isEnded = false
  readonly #seatAt: ReadonlyMap<string, number>
  readonly #socket: Socket
  #rest = ''
  #isBody = false

  constructor(socket: Socket, seatAt: ReadonlyMap<string, number>) {
    this.#socket = socket
    this.#seatAt = seatAt
    this.learnedMs = new Float64Array(seatAt.size)
    socket.setEncoding('latin1')
    socket.on('data', (text) => this.#take(text as unknown as string))
    socket.on('close', () => (this.isEnded = true))
    socket.on('error', () => (this.isEnded = true))
  }

  async untilSnapshot(): Promise<void> {
    while (this.snapshot === undefined && !this.isEnded) await once(this.#socket, 'data')
  }

  /** The whole map, merged. */
  map(): Map<string, string> {
    const merged = new Map(Object.entries(this.snapshot?.taken ?? {}) as [string, string][])
    for (const [seat, status] of this.since) {
      if (status === null) merged.delete(seat)
      else merged.set(seat, status)
    }
    return merged
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
    this.frames++
    const map = parsed.of(frame.slice(at + 7))
    const nowMs = epochMs()
    if (frame.includes('\nevent: snapshot\n')) {
      this.snapshot = map
      this.since.clear()
    } else for (const [seat, status] of Object.entries(map.taken)) this.since.set(seat, status)
    for (const seat of Object.keys(map.taken)) {
      const index = this.#seatAt.get(seat)
      if (index !== undefined && this.learnedMs[index] === 0) this.learnedMs[index] = nowMs
    }
  }
}

await serveParent<Settings, WatchersRequest>(async ({ port, path, watchers, seats }) => {
  const seatAt = new Map(seats.map((seat, at) => [seat, at]))
  const all: Watcher[] = []
  const request = get(path, 'Accept: text/event-stream\r\n')
  while (all.length < watchers) {
    const some = Array.from({ length: Math.min(50, watchers - all.length) }, async () => {
      const socket = connect({ port, host: '127.0.0.1' })
      await once(socket, 'connect')
      const watcher = new Watcher(socket, seatAt)
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
      const { from, to } = asked
      const atMs = new Float64Array(all.length * (to - from))
      all.forEach(({ learnedMs }, at) => atMs.set(learnedMs.subarray(from, to), at * (to - from)))
      return {
        atMs,
        missing: atMs.reduce((sum, at) => sum + (at === 0 ? 1 : 0), 0),
        frames: all.reduce((sum, { frames }) => sum + frames, 0),
        ended: all.filter(({ isEnded }) => isEnded).length,
      }
    },
    close: async () => all.forEach((watcher) => watcher.close()),
  }
})
