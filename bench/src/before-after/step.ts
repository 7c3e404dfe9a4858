import { toLatencies, type Latencies } from '../shared/figures.ts'
import { epochMs, tick } from '../shared/metronome.ts'
import { expectOk } from '../shared/wire.ts'
import { WirePool } from '../shared/wire-pool.ts'
import { BoxOfficeLoad } from './box-office-load.ts'

/** So many requests may wait for their answers; what is due beyond that is not sent, and the step has failed. */
const MAX_WAITING = 2_000
/** A tick of the metronome costs this process something too: at a higher rate, several requests are due at one tick. */
const MAX_TICKS_PER_SECOND = 1_000
const CONNECTIONS = 64
/** Who answers at that share of the rate at which requests are due keeps up. */
const KEPT_UP = 0.9

/** What a shop is asked for at once, per second. */
export interface Rates {
  readonly reads: number
  readonly writes: number
}

export interface Step {
  readonly rates: Rates
  /** From the moment a request was due, whether or not it could be sent then. */
  readonly reads: Latencies
  readonly seatMaps: Latencies
  readonly writes: Latencies
  /** Answered per second, until the last answer had come. */
  readonly answered: Rates
  readonly keptUp: boolean
}

/** Where a shop is asked, and where it is told: the same, unless its sides are processes of their own. */
export interface Ports {
  readonly reads: number
  readonly writes: number
}

/** One shop under load. */
export class Shop {
  readonly name: string
  readonly #ports: Ports
  readonly #load = new BoxOfficeLoad()

  private constructor(name: string, ports: Ports) {
    this.name = name
    this.#ports = ports
  }

  static async open(name: string, ports: Ports): Promise<Shop> {
    const shop = new Shop(name, ports)
    const opening = shop.#load.opening()
    using pool = await WirePool.open(ports.writes, CONNECTIONS)
    await Promise.all(
      Array.from({ length: CONNECTIONS }, async () => {
        for (const requests of opening) for (const request of requests) expectOk(await pool.ask(request))
      }),
    )
    return shop
  }

  /** Open loop: requests come at their rates, however slow the answers are. */
  async step(rates: Rates, forMs: number): Promise<Step> {
    // Anew for each step: a server closes connections that have been idle for long. Neither waits for one that the other has.
    using reading = await WirePool.open(this.#ports.reads, CONNECTIONS)
    using writing = await WirePool.open(this.#ports.writes, CONNECTIONS)
    const found = { seatMaps: [] as number[], bookings: [] as number[], writes: [] as number[] }
    let waiting = 0
    let missed = 0
    let firstMs = Infinity
    let lastMs = 0
    const timed = async (dueMs: number, into: number[], pool: WirePool, request: string): Promise<void> => {
      waiting++
      firstMs = Math.min(firstMs, dueMs)
      expectOk(await pool.ask(request))
      waiting--
      lastMs = epochMs()
      into.push(lastMs - dueMs)
    }
    const read = async (dueMs: number): Promise<void> => {
      if (waiting >= MAX_WAITING) {
        missed++
        return
      }
      const { isSeatMap, request } = this.#load.read()
      await timed(dueMs, isSeatMap ? found.seatMaps : found.bookings, reading, request)
    }
    const write = async (dueMs: number): Promise<void> => {
      const next = waiting >= MAX_WAITING ? undefined : this.#load.write()
      if (next === undefined) {
        missed++
        return
      }
      await timed(dueMs, found.writes, writing, next.request)
      next.done()
    }
    await Promise.all([atRate(rates.reads, forMs, read), atRate(rates.writes, forMs, write)])
    const seconds = Math.max(forMs, lastMs - firstMs) / 1_000
    const reads = [...found.seatMaps, ...found.bookings]
    const answered = { reads: reads.length / seconds, writes: found.writes.length / seconds }
    return {
      rates,
      reads: toLatencies(reads),
      seatMaps: toLatencies(found.seatMaps),
      writes: toLatencies(found.writes),
      answered,
      keptUp: missed === 0 && answered.reads >= rates.reads * KEPT_UP && answered.writes >= rates.writes * KEPT_UP,
    }
  }
}

async function atRate(perSecond: number, forMs: number, work: (dueMs: number) => Promise<void>): Promise<void> {
  if (perSecond === 0) return
  const perTick = Math.ceil(perSecond / MAX_TICKS_PER_SECOND)
  await tick(perSecond / perTick, forMs, async (dueMs) => {
    await Promise.all(Array.from({ length: perTick }, () => work(dueMs)))
  })
}
