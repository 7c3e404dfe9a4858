import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { drawPlot } from './before-after/plot.ts'
import { BROKEN_MS, climb, held, typical, type Measurement, type Ramp } from './before-after/ramp.ts'
import { SHOW_IDS } from './before-after/box-office-load.ts'
import { Shop, type Step } from './before-after/step.ts'
import type { BeforeSettings } from './before/server.ts'
import type { ServerSettings } from './servers/millrace.ts'
import { bench } from './shared/bench.ts'
import { openChild, type Child } from './shared/child.ts'
import { openDirectory } from './shared/directory.ts'
import { figure } from './shared/figures.ts'
import { openPostgres } from './shared/postgres.ts'
import { RESULTS } from './shared/result.ts'
import { packageVersion } from './shared/versions.ts'

const READS = 1_500
const LIMIT_MS = 50
const CONNECTIONS = { readers: 8, writers: 16 }
const POSTGRES = 'before, on Postgres'
const SQLITE = 'before, on SQLite'
const MILLRACE = 'Millrace'
const PEERS = [POSTGRES, SQLITE, MILLRACE] as const

const writing: Ramp = {
  name: 'writes',
  steps: [0, 200, 400, 800, 1_600, 2_400, 3_200, 4_800, 6_400].map((writes) => ({ reads: READS, writes })),
  has: ({ keptUp, reads }) => keptUp && reads.p99 < BROKEN_MS,
}
const mixed: Ramp = {
  name: 'mixed',
  steps: [2_000, 3_000, 4_500, 6_000, 8_000, 10_000, 13_000, 16_000, 20_000].map((all) => ({
    reads: 0.9 * all,
    writes: 0.1 * all,
  })),
  has: ({ keptUp, reads }) => keptUp && reads.p99 <= LIMIT_MS,
}

await bench({
  claim: 'before-after',
  title: `a ticket shop before CQRS and on Millrace: reads while seats are held, booked and given back`,
  help: `${SHOW_IDS.length} theatres of 400 seats, half of them taken for good, pairs of the others held, confirmed, cancelled, held and released
in turn; four reads of five are seat maps, the fifth a booking. "Before" is one Fastify service on one database (bench/src/before):
each write one durable transaction in one round trip, each read one statement that answers JSON. Millrace is the tickets app with all
its read models, in memory, on the embedded log. Each has a process of its own, the one load generator another. Open loop: every
request is timed from when it was due. Rising writes beside ${READS} reads a second, then 9 reads to a write; the shops take turns at
each step, each until it breaks: answers fewer than 90 % of what is due, or takes too long for one read in a hundred. Draws
docs/before-after.svg (with --quick: bench/results/before-after.svg).`,
  versions: { fastify: packageVersion('fastify'), pg: packageVersion('pg') },
  async run({ isQuick, say }) {
    const rounds = isQuick ? 1 : 5
    const forMs = isQuick ? 800 : 1_000
    await using directory = await openDirectory('before-after')
    await using postgres = await openPostgres(directory)
    await using sqliteDirectory = await openDirectory('before-after-sqlite')
    say('starting the shops')
    const openBefore = (database: BeforeSettings['database']): Promise<Server> =>
      openChild('before/server.ts', { database, shows: SHOW_IDS } satisfies BeforeSettings)
    await using onPostgres = await openBefore({ kind: 'postgres', url: postgres.url, ...CONNECTIONS })
    await using onSqlite = await openBefore({ kind: 'sqlite', directory: sqliteDirectory.path })
    await using millrace: Server = await openChild('servers/millrace.ts', {
      directory: join(directory.path, 'millrace'),
      app: 'tickets',
      shows: [{ hall: 'theatre', ids: SHOW_IDS }],
    } satisfies ServerSettings)
    const ports = { [POSTGRES]: onPostgres.ready.port, [SQLITE]: onSqlite.ready.port, [MILLRACE]: millrace.ready.port }
    const all: Shop[] = []
    for (const name of PEERS) {
      all.push(await Shop.open(name, ports[name]))
      say(`half of the seats are taken: ${name}`)
    }
    for (const shop of all) await shop.step({ reads: 1_000, writes: 200 }, 2_000)

    const found: Measurement[] = [writing, mixed].flatMap(({ name: ramp, steps }) =>
      PEERS.flatMap((shop) => steps.map((_, at) => ({ shop, ramp, at, rounds: [] as Step[] }))),
    )
    for (let round = 1; round <= rounds; round++) {
      for (const ramp of [writing, mixed]) {
        await climb(ramp, all, forMs, ({ name }, at, step) => {
          found.find((each) => each.shop === name && each.ramp === ramp.name && each.at === at)?.rounds.push(step)
          const { reads, writes, answered, keptUp } = step
          say(
            `round ${round}, ${name}: ${figure(step.rates.reads)} + ${figure(step.rates.writes)}/s: reads p50 ${figure(reads.p50)}, p99 ${figure(reads.p99)} ms; writes p99 ${figure(writes.p99)} ms` +
              (keptUp ? '' : `; fell behind: ${figure(answered.reads)} + ${figure(answered.writes)}/s`),
          )
        })
        all.reverse()
      }
    }
    return await evaluate(found, rounds, isQuick, {
      postgres: `PostgreSQL ${postgres.version}: fsync ${await postgres.setting('fsync')}, synchronous_commit ${await postgres.setting('synchronous_commit')}`,
    })
  },
})

type Server = Child & { readonly ready: { readonly port: number } }

async function evaluate(found: readonly Measurement[], rounds: number, isQuick: boolean, { postgres }: { readonly postgres: string }) {
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

  const svg = drawPlot({
    lines: PEERS.map((name) => ({
      name,
      points: of(writing, name)
        .filter((one) => one.rounds.length * 2 > rounds)
        .map((one) => ({
          writes: writing.steps[one.at]!.writes,
          p99Ms: typical(one, rounds, ({ reads }) => reads.p99),
          isBroken: !held(one, rounds, writing.has),
        })),
    })),
    reads: READS,
    brokenMs: BROKEN_MS,
  })
  await mkdir(RESULTS, { recursive: true })
  await writeFile(isQuick ? join(RESULTS, 'before-after.svg') : join(import.meta.dirname, '../../docs/before-after.svg'), svg)
  return {
    rounds,
    columns: ['reads + writes a second', ...PEERS.map((name) => `${name}: p99 ms of reads / writes`)],
    rows: [...rowsOf(writing), ...rowsOf(mixed)],
    checks: [
      {
        what: `seat map p99 at ${fullLoad} writes/s, before on Postgres to Millrace`,
        measured: seatMapMs(POSTGRES, full) / seatMapMs(MILLRACE, full),
        unit: ' ×',
        target: 5,
        is: 'at least' as const,
      },
      {
        what: `seat map p99 of Millrace at ${fullLoad} writes/s, to idle`,
        measured: seatMapMs(MILLRACE, full) / seatMapMs(MILLRACE, 0),
        unit: ' ×',
        target: 2,
        is: 'at most' as const,
      },
      {
        what: `reads/s with p99 ≤ ${LIMIT_MS} ms, 9 reads to a write, Millrace to before on Postgres`,
        measured: readsHeld(MILLRACE) / readsHeld(POSTGRES),
        unit: ' ×',
        target: 3,
        is: 'at least' as const,
      },
    ],
    notes: [
      `full write load is the highest step that "before" on Postgres keeps up with in most rounds: ${fullLoad} writes/s`,
      `reads/s with p99 ≤ ${LIMIT_MS} ms: ${PEERS.map((name) => `${name} ${figure(readsHeld(name))}`).join('; ')}`,
      `${postgres}; ${CONNECTIONS.readers} connections for reads and ${CONNECTIONS.writers} for writes; SQLite: WAL, synchronous=FULL`,
      `a seat map has about 4 KB and up to 300 taken seats; "broke": fewer than 90 % answered in time, or p99 of reads above ${figure(BROKEN_MS)} ms (first ${writing.steps.length} loads) or ${LIMIT_MS} ms (9 reads to a write)`,
      'of five rounds the second best is taken at each step, for all alike: the machine had other work, which only adds to a tail; kept up means in most rounds',
      'database, server and load generator share the cores',
    ],
    raw: found,
  }
}
