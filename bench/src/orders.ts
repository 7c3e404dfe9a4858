import { openKafkaLog } from '@millrace/kafka'
import { openSqliteLog } from '@millrace/sqlite'
import { openBroker } from './kafka/broker.ts'
import { openDbosOrders } from './orders/dbos-orders.ts'
import { openMillraceOrders } from './orders/millrace-orders.ts'
import { linesOf, type Ordering } from './orders/ordering.ts'
import { bench } from './shared/bench.ts'
import { openDirectory } from './shared/directory.ts'
import { drive, type Driven } from './shared/drive.ts'
import { figure, median, spread } from './shared/figures.ts'
import { openPostgres } from './shared/postgres.ts'
import { packageVersion } from './shared/versions.ts'

const PARTITIONS = 4
/** Orders under way at once: Millrace gains by more, DBOS does not. Each has what suits it. */
const IN_FLIGHT = { embedded: 512, kafka: 512, dbos: 64 } as const

await bench({
  claim: 'orders',
  title: 'orders placed, reserved, paid and confirmed: the whole process',
  help: `An order of two products: placed, both products reserved, the payment taken by a provider that answers at once, confirmed; each
step durable. Millrace runs the store's own aggregates and reactors on the embedded log and on Kafka; DBOS a durable workflow on
PostgreSQL with default settings. Peers take turns. Needs Java 17 or later, and Maven.`,
  versions: { dbos: packageVersion('@dbos-inc/dbos-sdk') },
  async run({ isQuick, say }) {
    const rounds = isQuick ? 2 : 5
    const roundMs = isQuick ? 2_000 : 6_000
    await using directory = await openDirectory('orders')
    say('starting Kafka and PostgreSQL')
    await using broker = await openBroker()
    await using postgres = await openPostgres(directory)
    await using embedded = await openMillraceOrders(await openSqliteLog(directory.path, { partitions: PARTITIONS }))
    await using kafka = await openMillraceOrders(
      await openKafkaLog({ brokers: [broker.bootstrap], app: 'ordering', partitions: PARTITIONS }),
    )
    await using dbos = await openDbosOrders(postgres.url)
    const peers = { embedded, kafka, dbos } satisfies Record<string, Ordering>
    const found: Record<keyof typeof peers, Driven[]> = { embedded: [], kafka: [], dbos: [] }
    let count = 0
    const run = (name: keyof typeof peers): Promise<Driven> =>
      drive(IN_FLIGHT[name], roundMs, () => {
        const at = count++
        return peers[name].place(`order-${String(at).padStart(12, '0')}`, linesOf(at))
      })
    const names = Object.keys(peers) as (keyof typeof peers)[]
    say('warming up')
    for (const name of names) await run(name)
    if (!isQuick) for (const name of names) await run(name)
    for (let round = 1; round <= rounds; round++) {
      for (const name of names) {
        const driven = await run(name)
        say(`round ${round}: ${name} ${figure(driven.perSecond)}/s, p50 ${figure(driven.latencyMs.p50)} ms`)
        found[name].push(driven)
      }
    }
    const perSecond = (name: keyof typeof peers): readonly number[] => found[name].map((driven) => driven.perSecond)
    const ratios = (name: keyof typeof peers): number => median(perSecond(name).map((value, at) => value / perSecond('dbos')[at]!))
    const row = (label: string, name: keyof typeof peers): readonly string[] => [
      label,
      spread(perSecond(name)),
      figure(median(found[name].map(({ latencyMs }) => latencyMs.p50))),
      figure(median(found[name].map(({ latencyMs }) => latencyMs.p99))),
      `${figure(ratios(name))} ×`,
    ]
    return {
      rounds,
      columns: ['', 'orders/s', 'p50 ms', 'p99 ms', 'to DBOS'],
      rows: [row('Millrace, embedded SQLite log', 'embedded'), row('Millrace on Kafka', 'kafka'), row('DBOS on PostgreSQL', 'dbos')],
      checks: [
        { what: 'embedded', measured: median(perSecond('embedded')), unit: '/s', target: 2_000, is: 'at least' },
        { what: 'on Kafka', measured: median(perSecond('kafka')), unit: '/s', target: 1_000, is: 'at least' },
        { what: 'embedded to DBOS', measured: ratios('embedded'), unit: ' ×', target: 5, is: 'at least' },
        { what: 'Kafka to DBOS', measured: ratios('kafka'), unit: ' ×', target: 5, is: 'at least' },
      ],
      notes: [
        `orders under way at once: ${IN_FLIGHT.embedded} on each log, ${IN_FLIGHT.dbos} with DBOS; ${PARTITIONS} partitions`,
        `PostgreSQL ${postgres.version}: fsync ${await postgres.setting('fsync')}, synchronous_commit ${await postgres.setting('synchronous_commit')}`,
      ],
      raw: found,
    }
  },
})
