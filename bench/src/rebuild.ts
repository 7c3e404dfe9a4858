import { join } from 'node:path'
import { openBroker } from './kafka/broker.ts'
import { takeOptions } from './kafka/options.ts'
import { PARTITIONS } from './rebuild/open-past.ts'
import type { Rebuild, StoreName } from './rebuild/rebuilder.ts'
import { workloads, type WorkloadName } from './rebuild/workloads.ts'
import { bench } from './shared/bench.ts'
import { openChild } from './shared/child.ts'
import { openDirectory } from './shared/directory.ts'
import { openPostgres } from './shared/postgres.ts'
import { packageVersion } from './shared/versions.ts'
import { figure, median, spread } from './shared/figures.ts'

/** Records of one append: what a shard under moderate load writes at once. */
const BATCH = 50
/** Rounds that are not counted, beside the fold at the start. */
const WARM_UPS = 1
/** It takes its time: so many events, and rounds, are enough to see at which pace. Of a whole number of orders, all shipped. */
const EMMETT_EVENTS = 40_000
/** A second rebuild goes on where the first one ended, so it does nothing. */
const EMMETT_ROUNDS = 1
const TARGETS: Readonly<Record<StoreName, number>> = { memory: 300_000, sqlite: 150_000, postgres: 40_000 }
const STORE_NAMES: Readonly<Record<StoreName, string>> = { memory: 'memory', sqlite: 'SQLite', postgres: 'PostgreSQL' }

type Source = 'kafka' | 'embedded'
interface Found {
  readonly source: Source
  readonly workload: WorkloadName
  readonly store: StoreName
  readonly rebuilds: readonly Rebuild[]
}

const { peers, records: wanted } = takeOptions()

await bench({
  claim: 'rebuild',
  title: 'a read model built anew beside the one that serves, from the first event on',
  help: `A log of 1,000,000 events (200,000 with --quick) in ${PARTITIONS} partitions is made once, for each kind of documents on Kafka and on the embedded log.
An app with one read model runs on it, in a process of its own, and has folded it once; then its read model is rebuilt, again and
again. Measured is the whole of it: from calling rebuild() until the new build has been compared with the old one, and serves.
And Emmett rebuilds a projection of the same documents from the same events, both in a PostgreSQL with default settings (--peers emmett).
  --peers <text,…>    only those whose names begin so, such as kafka-orders-memory
  --records <count>   another number of events
Needs Java 17 or later, and Maven.`,
  versions: { emmett: packageVersion('@event-driven-io/emmett-postgresql') },
  async run({ isQuick, say }) {
    const rounds = isQuick ? 2 : 3
    const events = wanted ?? (isQuick ? 200_000 : 1_000_000)
    await using directory = await openDirectory('rebuild')
    const named = allPeers().filter(
      ({ source, workload, store }) => peers?.some((peer) => `${source}-${workload}-${store}`.startsWith(peer)) ?? true,
    )
    await using stack = new AsyncDisposableStack()
    const { bootstrap } = named.some(({ source }) => source === 'kafka') ? stack.use(await openBroker()) : { bootstrap: undefined }
    const hasEmmett = peers === undefined || peers.includes('emmett')
    const needsPostgres = hasEmmett || named.some(({ store }) => store === 'postgres')
    const postgres = needsPostgres ? stack.use(await openPostgres(directory)) : undefined
    const past = ({ source, workload }: (typeof named)[number]) => ({
      workload,
      directory: join(directory.path, workload),
      ...(source === 'kafka' && { bootstrap }),
    })
    const made = new Set<string>()
    const found: Found[] = []
    for (const peer of named) {
      const { source, workload, store } = peer
      if (!made.has(`${source} ${workload}`)) {
        say(`filling a log: ${source}, ${workload}`)
        await using _maker = await openChild('rebuild/past-maker.ts', { ...past(peer), events, batch: BATCH })
        made.add(`${source} ${workload}`)
      }
      await using app = await openChild('rebuild/rebuilder.ts', { ...past(peer), store, postgres: postgres?.url })
      const rebuilds: Rebuild[] = []
      for (let round = 1 - WARM_UPS; round <= rounds; round++) {
        const rebuild = await app.ask<Rebuild>({})
        if (rebuild.differing > 0) throw new Error(`${rebuild.differing} documents were built otherwise than before`)
        say(`${source}, ${workload}, ${store}, round ${round}: ${figure((events / rebuild.ms) * 1_000)} events/s`)
        if (round > 0) rebuilds.push(rebuild)
      }
      found.push({ source, workload, store, rebuilds })
    }
    const emmett: Rebuild[] = []
    if (hasEmmett && postgres !== undefined) {
      const some = Math.min(events, EMMETT_EVENTS)
      say('filling Emmett')
      await using app = await openChild('rebuild/emmett-rebuilder.ts', { postgres: postgres.url, events: some })
      for (let round = 1; round <= EMMETT_ROUNDS; round++) {
        const rebuild = await app.ask<Rebuild>({})
        if (rebuild.differing > 0) throw new Error(`Emmett left ${rebuild.differing} orders otherwise than expected`)
        say(`Emmett, round ${round}: ${figure((some / rebuild.ms) * 1_000)} events/s`)
        // As if it had been all events, at the same pace: what is shown is the pace.
        emmett.push({ ...rebuild, ms: (rebuild.ms * events) / some, cpuMs: (rebuild.cpuMs * events) / some })
      }
    }
    const perSecond = ({ rebuilds }: Pick<Found, 'rebuilds'>): number[] => rebuilds.map(({ ms }) => (events / ms) * 1_000)
    return {
      rounds,
      columns: ['', 'events/s', 'per CPU second', 'RSS MiB'],
      rows: [
        ...found,
        ...(emmett.length > 0 ? [{ title: "orders, Emmett's event store to its PostgreSQL projection", rebuilds: emmett }] : []),
      ].map((each) => [
        'title' in each ? each.title : titleOf(each),
        spread(perSecond(each)),
        figure(median(each.rebuilds.map(({ cpuMs }) => (events / cpuMs) * 1_000))),
        figure(median(each.rebuilds.map(({ rssBytes }) => rssBytes / 2 ** 20))),
      ]),
      checks: [
        ...found
          .filter(({ source }) => source === 'kafka')
          .map((each) => ({
            what: titleOf(each),
            measured: median(perSecond(each)),
            unit: '/s',
            target: TARGETS[each.store],
            is: 'at least' as const,
          })),
        ...(emmett.length === 0
          ? []
          : found
              .filter(({ workload, store }) => workload === 'orders' && store === 'postgres')
              .map((each) => ({
                what: `${titleOf(each)}, to Emmett`,
                measured: median(perSecond(each)) / median(perSecond({ rebuilds: emmett })),
                unit: ' ×',
                target: 10,
                is: 'at least' as const,
              }))),
      ],
      notes: [
        `${figure(events)} events, ${BATCH} to an append; ${Object.entries(workloads)
          .map(([name, { label }]) => `${name}: ${label}`)
          .join('; ')}`,
        'per CPU second: of this process, its SQLite thread included; the broker takes its own',
      ],
      raw: { events, found, emmett },
    }
  },
})

function titleOf({ source, workload, store }: Found): string {
  return `${workload}, ${source === 'kafka' ? 'Kafka' : 'the embedded log'} to ${STORE_NAMES[store]}`
}

function allPeers(): readonly Omit<Found, 'rebuilds'>[] {
  const [sources, names, stores] = [
    ['kafka', 'embedded'] as const,
    Object.keys(workloads) as WorkloadName[],
    ['memory', 'sqlite', 'postgres'] as const,
  ]
  return sources.flatMap((source) => names.flatMap((workload) => stores.map((store) => ({ source, workload, store }))))
}
