import { openBroker } from './kafka/broker.ts'
import { bench } from './shared/bench.ts'
import { openChild } from './shared/child.ts'
import { openDirectory } from './shared/directory.ts'
import { drive, type Driven } from './shared/drive.ts'
import { figure, median, spread } from './shared/figures.ts'
import { holdSeats, SHOWS } from './shared/hall.ts'
import { expectOk, openWires, post } from './shared/wire.ts'

const CONNECTIONS = 64
const PARTITIONS = 4
/** Rounds that are not counted: a broker just started takes some 20 s under load until its code is compiled. */
const WARM_UPS = 4

await bench({
  claim: 'kafka-http',
  title: `POST /commands/HoldSeats with Kafka as the log, ${CONNECTIONS} connections over ${figure(SHOWS)} shows`,
  help: `An app on Kafka in a process of its own, the load generator in this one (sockets and prebuilt requests), and one broker beside
them: each answer is given after the command and what was decided are on the broker. The same app on the embedded log takes
turns with it. Needs Java 17 or later, and Maven.`,
  async run({ isQuick, say }) {
    const rounds = isQuick ? 3 : 5
    const roundMs = isQuick ? 1_500 : 5_000
    await using directory = await openDirectory('kafka-http')
    say('starting Kafka and the servers')
    await using broker = await openBroker()
    const open = (settings: object) =>
      openChild<{ readonly port: number }>('servers/millrace.ts', { ...settings, directory: directory.path, app: 'hall' })
    await using onKafka = await open({ kafka: { brokers: [broker.bootstrap], app: 'bench', partitions: PARTITIONS } })
    await using embedded = await open({})
    const load = async ({ port }: { readonly port: number }) => ({
      wires: await openWires(port, CONNECTIONS),
      count: 0,
      found: [] as Driven[],
    })
    const peers = { kafka: await load(onKafka.ready), embedded: await load(embedded.ready) }
    const run = (peer: typeof peers.kafka): Promise<Driven> =>
      drive(CONNECTIONS, roundMs, async (lane) => {
        expectOk(await peer.wires[lane]!.ask(post('/commands/HoldSeats', JSON.stringify(holdSeats(peer.count++)))))
      })
    say('warming up')
    for (const peer of Object.values(peers)) for (let warmUp = 0; warmUp < WARM_UPS; warmUp++) await run(peer)
    for (let round = 1; round <= rounds; round++) {
      for (const [name, peer] of Object.entries(peers)) {
        const driven = await run(peer)
        peer.found.push(driven)
        say(`round ${round}: ${name} ${figure(driven.perSecond)}/s, p99 ${figure(driven.latencyMs.p99)} ms`)
      }
    }
    for (const { wires } of Object.values(peers)) for (const wire of wires) wire.close()
    const row = (label: string, { found }: typeof peers.kafka): readonly string[] => [
      label,
      spread(found.map(({ perSecond }) => perSecond)),
      figure(median(found.map(({ latencyMs }) => latencyMs.p50))),
      figure(median(found.map(({ latencyMs }) => latencyMs.p99))),
    ]
    return {
      rounds,
      columns: ['', 'answers/s', 'p50 ms', 'p99 ms'],
      rows: [row('on Kafka', peers.kafka), row('on the embedded log', peers.embedded)],
      checks: [
        {
          what: 'on Kafka',
          measured: median(peers.kafka.found.map(({ perSecond }) => perSecond)),
          unit: '/s',
          target: 6_000,
          is: 'at least',
        },
        {
          what: 'p99 on Kafka',
          measured: median(peers.kafka.found.map(({ latencyMs }) => latencyMs.p99)),
          unit: ' ms',
          target: 60,
          is: 'at most',
        },
      ],
      notes: [`broker, server and load generator share the cores; ${PARTITIONS} partitions, every answer was a 200`],
      raw: Object.fromEntries(Object.entries(peers).map(([name, { found }]) => [name, found])),
    }
  },
})
