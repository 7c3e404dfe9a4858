import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CONNECTIONS, evaluate, MILLRACE, mixed, PEERS, plotOf, POSTGRES, READS, SPLIT, SQLITE, writing } from './before-after/evaluate.ts'
import { climb, type Measurement } from './before-after/ramp.ts'
import { SHOW_IDS } from './before-after/box-office-load.ts'
import { Shop, type Ports, type Step } from './before-after/step.ts'
import type { BeforeSettings } from './before/server.ts'
import type { ServerSettings } from './servers/millrace.ts'
import { bench } from './shared/bench.ts'
import { openChild, type Child } from './shared/child.ts'
import { openDirectory } from './shared/directory.ts'
import { figure } from './shared/figures.ts'
import { openPostgres } from './shared/postgres.ts'
import { RESULTS } from './shared/result.ts'
import { packageVersion } from './shared/versions.ts'

await bench({
  claim: 'before-after',
  title: `a ticket shop before CQRS and on Millrace: reads while seats are held, booked and given back`,
  help: `${SHOW_IDS.length} theatres of 400 seats, half of them taken for good, pairs of the others held, confirmed, cancelled, held and released
in turn; four reads of five are seat maps, the fifth a booking. "Before" is one Fastify service on one database (bench/src/before):
each write one durable transaction in one round trip, each read one statement that answers JSON. Millrace is the tickets app with all
its read models, in memory, on the embedded log: once as one process, and once as two, where commands go to the one that decides and
queries to the one that answers. Each has a process of its own, the one load generator another. Open loop: every
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
    const openMillrace = (settings: Pick<ServerSettings, 'directory' | 'role' | 'shows'>): Promise<Server> =>
      openChild('servers/millrace.ts', { app: 'tickets', ...settings } satisfies ServerSettings)
    const shows = [{ hall: 'theatre', ids: SHOW_IDS }] as const
    await using millrace = await openMillrace({ directory: join(directory.path, 'millrace'), shows })
    const splitDirectory = join(directory.path, 'millrace-split')
    await using deciding = await openMillrace({ directory: splitDirectory, role: 'write', shows })
    await using answering = await openMillrace({ directory: splitDirectory, role: 'read' })
    const ports: Readonly<Record<(typeof PEERS)[number], Ports>> = {
      [POSTGRES]: both(onPostgres),
      [SQLITE]: both(onSqlite),
      [MILLRACE]: both(millrace),
      [SPLIT]: { reads: answering.ready.port, writes: deciding.ready.port },
    }
    const all: Shop[] = []
    for (const name of PEERS) {
      all.push(await Shop.open(name, ports[name]))
      say(`half of the seats are taken: ${name}`)
    }
    for (const shop of all) await shop.step({ reads: 1_000, writes: 200 }, 2_000)

    await mkdir(RESULTS, { recursive: true })
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
    await writeFile(
      isQuick ? join(RESULTS, 'before-after.svg') : join(import.meta.dirname, '../../docs/before-after.svg'),
      plotOf(found, rounds),
    )
    const settings = await Promise.all(['fsync', 'synchronous_commit'].map(async (name) => `${name} ${await postgres.setting(name)}`))
    return evaluate(found, rounds, `PostgreSQL ${postgres.version}: ${settings.join(', ')}`)
  },
})

type Server = Child & { readonly ready: { readonly port: number } }

function both({ ready: { port } }: Server): Ports {
  return { reads: port, writes: port }
}
