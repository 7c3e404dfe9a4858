import { figure } from '../shared/figures.ts'
import type { Measured } from '../shared/result.ts'
import { drawPlot } from './plot.ts'
import { BROKEN_MS, held, typical, type Measurement, type Ramp } from './ramp.ts'

/** Beside rising writes, per second. */
export const READS = 1_500
/** As long as a visitor may wait, where nine reads come to a write. */
const LIMIT_MS = 50
export const CONNECTIONS = { readers: 8, writers: 16 }
export const POSTGRES = 'before, on Postgres'
export const SQLITE = 'before, on SQLite'
export const MILLRACE = 'Millrace'
/** One process that decides, and one that answers. */
export const SPLIT = 'Millrace, two processes'
export const PEERS = [POSTGRES, SQLITE, MILLRACE, SPLIT] as const

export const writing: Ramp = {
  name: 'writes',
  steps: [0, 200, 400, 800, 1_600, 2_400, 3_200, 4_800, 6_400].map((writes) => ({ reads: READS, writes })),
  has: ({ keptUp, reads }) => keptUp && reads.p99 < BROKEN_MS,
}
export const mixed: Ramp = {
  name: 'mixed',
  steps: [2_000, 3_000, 4_500, 6_000, 8_000, 10_000, 13_000, 16_000, 20_000].map((all) => ({
    reads: 0.9 * all,
    writes: 0.1 * all,
  })),
  has: ({ keptUp, reads }) => keptUp && reads.p99 <= LIMIT_MS,
}

export function evaluate(found: readonly Measurement[], rounds: number, postgres: string): Measured {
  const of = (ramp: Ramp, shop: string): readonly Measurement[] => found.filter((each) => each.ramp === ramp.name && each.shop === shop)
  const lastHeld = (ramp: Ramp, shop: string): number => of(ramp, shop).findLastIndex((each) => held(each, rounds, ramp.has))
  const seatMapMs = (shop: string, at: number): number => typical(of(writing, shop)[at]!, rounds, ({ seatMaps }) => seatMaps.p99)
  const readsHeld = (shop: string): number => mixed.steps[lastHeld(mixed, shop)]?.reads ?? 0

  const full = Math.max(0, lastHeld(writing, POSTGRES))
  const fullLoad = figure(writing.steps[full]!.writes)
  const row = (ramp: Ramp, at: number): readonly string[] => {
    const { reads, writes } = ramp.steps[at]!
    const cells = PEERS.map((shop) => {
      const one = of(ramp, shop)[at]!
      if (one.rounds.length * 2 <= rounds) return '–'
      const figures = `${figure(typical(one, rounds, (step) => step.reads.p99))} / ${writes === 0 ? '–' : figure(typical(one, rounds, (step) => step.writes.p99))}`
      return held(one, rounds, ramp.has) ? figures : `broke (${figures})`
    })
    return [`${figure(reads)} + ${figure(writes)}`, ...cells]
  }
  const rowsOf = (ramp: Ramp): readonly (readonly string[])[] =>
    ramp.steps.map((_, at) => row(ramp, at)).filter(([, ...cells]) => cells.some((cell) => cell !== '–'))

  const ofMillrace = (shop: string): Measured['checks'] => [
    {
      what: `seat map p99 at ${fullLoad} writes/s, before on Postgres to ${shop}`,
      measured: seatMapMs(POSTGRES, full) / seatMapMs(shop, full),
      unit: ' ×',
      target: 5,
      is: 'at least',
    },
    {
      what: `seat map p99 of ${shop} at ${fullLoad} writes/s, to idle`,
      measured: seatMapMs(shop, full) / seatMapMs(shop, 0),
      unit: ' ×',
      target: 2,
      is: 'at most',
    },
    {
      what: `reads/s with p99 ≤ ${LIMIT_MS} ms, 9 reads to a write, ${shop} to before on Postgres`,
      // Where "before" holds none, there is nothing to compare with.
      measured: readsHeld(shop) / (readsHeld(POSTGRES) || Number.NaN),
      unit: ' ×',
      target: 3,
      is: 'at least',
    },
  ]

  return {
    rounds,
    columns: ['reads + writes a second', ...PEERS.map((name) => `${name}: p99 ms of reads / writes`)],
    rows: [...rowsOf(writing), ...rowsOf(mixed)],
    checks: [...ofMillrace(MILLRACE), ...ofMillrace(SPLIT)],
    notes: [
      `full write load is the highest step that "before" on Postgres keeps up with in most rounds: ${fullLoad} writes/s`,
      `reads/s with p99 ≤ ${LIMIT_MS} ms: ${PEERS.map((name) => `${name} ${figure(readsHeld(name))}`).join('; ')}`,
      `${postgres}; ${CONNECTIONS.readers} connections for reads and ${CONNECTIONS.writers} for writes; SQLite: WAL, synchronous=FULL`,
      `a seat map has about 4 KB and up to 300 taken seats; "broke": fewer than 90 % answered in time, or p99 of reads above ${figure(BROKEN_MS)} ms (first ${writing.steps.length} loads) or ${LIMIT_MS} ms (9 reads to a write)`,
      'p99 is the lower quartile of the rounds, for all alike: what else the machine does only adds to a tail; "broke" is by most of the rounds',
      `database, servers and load generator share the cores; "${SPLIT}": one decides (role write), one answers (role read), on the embedded log`,
    ],
    raw: found,
  }
}

/** The load that a shop has: nine reads to a write, rising. */
export function plotOf(found: readonly Measurement[], rounds: number): string {
  const points = (shop: string) =>
    found
      .filter((one) => one.shop === shop && one.ramp === mixed.name && one.rounds.length * 2 > rounds)
      .map((one) => ({
        load: mixed.steps[one.at]!.reads,
        p99Ms: typical(one, rounds, ({ reads }) => reads.p99),
        isBroken: !held(one, rounds, mixed.has),
      }))
  return drawPlot({ lines: PEERS.map((name) => ({ name, points: points(name) })), limitMs: LIMIT_MS, mostMs: BROKEN_MS })
}
