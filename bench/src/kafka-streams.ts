import { bench } from './shared/bench.ts'
import { openDirectory } from './shared/directory.ts'
import { figure, median, spread } from './shared/figures.ts'
import { openBroker } from './kafka/broker.ts'
import { cpuMs } from './kafka/process.ts'
import { takeOptions } from './kafka/options.ts'
import { PARTITIONS, peers, type Peer } from './kafka/peers.ts'
import { count, createTopics, deleteTopics, latency, preload, type Counted, type Latency, type Preloaded } from './kafka/streams.ts'

const RATES = [20, 200, 1_000] as const
/** Ten times as many shows as are preloaded: most of the seats that are asked for are free. */
const LATENCY_SHOWS = 10
/** How often commands are written and read, before the first round. */
const WARM_UPS = 2
/** Whom the throughput is promised against. */
const ROCKSDB = 'streams-rocksdb'

interface Round {
  readonly counted: Counted
  /** Decided for each second of one core that the peer's process took, its start included. */
  readonly perCpuSecond: number
  /** In the order of `RATES`. */
  readonly latencies: readonly Latency[]
}

interface Limits {
  readonly producer: number
  readonly consumer: number
}

const options = takeOptions()

await bench({
  claim: 'kafka-streams',
  title: 'commands on a Kafka topic, decided against state, their answers on another',
  help: `ReserveSeat of one seat of 20, over 100,000 shows, on one broker with ${PARTITIONS} partitions. Millrace on its Kafka log against Kafka Streams
(exactly_once_v2, Processor API). The wire format is the same (CloudEvents), so is the decision; what measures is neither: plain
Java clients write the commands and count the answers, each of which must be there once, and accept each seat once.
Throughput: commands are written first, then the peer starts; cold is the first half of them, warm the second. Latency, after
that and with the same process: from giving a command to a producer (acks=all, no linger) to reading its answer (read_committed).

  --records <n>      commands to decide (2,000,000; 200,000 with --quick)
  --aggregates <n>   shows (100,000)
  --peers <a,b>      only those whose names begin so: ${peers.map(({ name }) => name).join(', ')}
  --bootstrap <h:p>  a broker that runs already, instead of one of our own

Needs Java 17 or later, and Maven.`,
  async run({ isQuick, say }) {
    const rounds = isQuick ? 1 : 3
    const { records = isQuick ? 200_000 : 2_000_000, aggregates = 100_000 } = options
    const seconds = isQuick ? 4 : 10
    const chosen = peers.filter(({ name }) => options.peers?.some((wanted) => name.startsWith(wanted)) ?? true)
    if (chosen.length === 0) throw new TypeError(`--peers: expected some of ${peers.map(({ name }) => name).join(', ')}`)

    await using directory = await openDirectory('kafka-streams')
    say('starting Kafka')
    await using broker = await openBroker(options.bootstrap)
    const { bootstrap } = broker
    const found = new Map<Peer, Round[]>(chosen.map((peer) => [peer, []]))
    const limits: Limits[] = []
    let versions: Readonly<Record<string, string>> = {}
    // Not counted: a broker that has just started is slower, and whoever comes first would pay for it.
    say('warming up the broker')
    for (let warmUp = 0; warmUp < WARM_UPS; warmUp++) await measureLimits(1_000 + warmUp)
    for (let round = 1; round <= rounds; round++) {
      const limit = await measureLimits(round)
      say(`round ${round}: a plain producer ${figure(limit.producer)}/s, a plain consumer ${figure(limit.consumer)}/s`)
      limits.push(limit)
      // In turns: whoever comes first finds the machine as the others do in the next round.
      const turns = [...chosen.slice((round - 1) % chosen.length), ...chosen.slice(0, (round - 1) % chosen.length)]
      for (const peer of turns) {
        const one = await measurePeer(peer, round)
        say(`round ${round}: ${peer.label}: ${figure(one.counted.cold)}/s cold, ${figure(one.counted.warm)}/s warm`)
        for (const { perSecond, p50, p99 } of one.latencies) say(`  at ${perSecond}/s: p50 ${figure(p50)} ms, p99 ${figure(p99)} ms`)
        found.get(peer)!.push(one)
      }
    }

    const streams = chosen.filter(({ isMillrace }) => !isMillrace)
    const rocksdb = streams.filter(({ name }) => name === ROCKSDB)
    const byDefault = streams.filter(({ isDefaultStreams }) => isDefaultStreams)
    /** Round by round, to whichever of `others` was best at it. */
    const ratio = (peer: Peer, others: readonly Peer[], of: (round: Round) => number, pick: (...values: number[]) => number): number =>
      median(found.get(peer)!.map((round, at) => of(round) / pick(...others.map((other) => of(found.get(other)![at]!)))))
    const warm = ({ counted }: Round): number => counted.warm
    const p50At = (rate: number) => (round: Round) => round.latencies[rate]!.p50
    const row = (peer: Peer): readonly string[] => {
      const measured = found.get(peer)!
      return [
        peer.label,
        spread(measured.map(({ counted }) => counted.cold)),
        spread(measured.map(warm)),
        ...[rocksdb, streams].map((others) => (others.length > 0 ? `${figure(ratio(peer, others, warm, Math.max))} ×` : '')),
        figure(median(measured.map(({ perCpuSecond }) => perCpuSecond))),
        ...RATES.map((_, at) =>
          (['p50', 'p99'] as const).map((which) => figure(median(measured.map(({ latencies }) => latencies[at]![which])))).join(' / '),
        ),
      ]
    }
    const limitRow = (label: string, values: readonly number[]): readonly string[] => [
      label,
      '',
      spread(values),
      '',
      '',
      '',
      ...RATES.map(() => ''),
    ]
    const millrace = chosen.find(({ isMillrace }) => isMillrace)
    const accepted = [...found.values()].flat().map(({ counted }) => (counted.types['SeatReserved'] ?? 0) / counted.count)
    return {
      rounds,
      columns: [
        '',
        'cold /s',
        'warm /s',
        'to RocksDB',
        'to the best Streams',
        'per CPU second',
        ...RATES.map((rate) => `ms at ${figure(rate)}/s, p50 / p99`),
      ],
      rows: [
        ...chosen.map(row),
        limitRow(
          'a plain Java producer',
          limits.map(({ producer }) => producer),
        ),
        limitRow(
          'a plain Java consumer',
          limits.map(({ consumer }) => consumer),
        ),
      ],
      checks:
        millrace !== undefined && rocksdb.length > 0
          ? [
              {
                what: 'warm, to Streams with RocksDB',
                measured: ratio(millrace, rocksdb, warm, Math.max),
                unit: ' ×',
                target: 2,
                is: 'at least',
              },
              ...RATES.map((rate, at) => ({
                what: `p50 at ${figure(rate)}/s, to Streams with its default commit interval`,
                measured: ratio(millrace, byDefault, p50At(at), Math.min),
                unit: ' ×',
                target: 0.1,
                is: 'at most' as const,
              })),
              ...RATES.flatMap((rate, at) =>
                (['p50', 'p99'] as const).map((which) => ({
                  what: `${which} at ${figure(rate)}/s`,
                  measured: median(found.get(millrace)!.map(({ latencies }) => latencies[at]![which])),
                  unit: ' ms',
                  target: which === 'p50' ? 3 : 25,
                  is: 'at most' as const,
                })),
              ),
            ]
          : [],
      notes: [
        `${figure(records)} commands over ${figure(aggregates)} shows, ${PARTITIONS} partitions, ${figure(100 * median(accepted))} % accepted; every command had one answer, and every seat was given once`,
        'Streams remembers no command ids and Millrace does: a command sent twice is decided twice there',
        'broker, peer, and the counting consumer share the cores; "to the best Streams" takes the fastest of its variants in each round',
        ...(versions['kafka'] === undefined ? [] : [`Kafka Streams and clients ${versions['kafka']}, Java ${versions['java'] ?? ''}`]),
      ],
      raw: { records, aggregates, limits, found: Object.fromEntries([...found].map(([{ name }, measured]) => [name, measured])) },
    }

    /** What the clients can do where nobody decides anything. */
    async function measureLimits(round: number): Promise<Limits> {
      const target = { bootstrap, app: `limits-${round}` }
      await createTopics(target, PARTITIONS)
      const { perSecond } = await preload({ ...target, records, aggregates, seed: round })
      const { counted } = await count({ bootstrap, topic: `${target.app}.commands`, records, seed: round })
      const { warm } = await counted
      await deleteTopics(target)
      return { producer: perSecond, consumer: warm }
    }

    async function measurePeer(peer: Peer, round: number): Promise<Round> {
      const target = { bootstrap, app: `${peer.name}-${round}` }
      await peer.createTopics(target)
      const preloaded = await preload({ ...target, records, aggregates, seed: round })
      const { counted: counting } = await count({ bootstrap, topic: `${target.app}.events`, records, seed: round })
      const latencies: Latency[] = []
      let counted: Counted
      let perCpuSecond: number
      {
        await using running = await peer.start(target, directory.path)
        counted = await counting
        perCpuSecond = (records / cpuMs(running.pid)) * 1_000
        expectAll(peer, preloaded, counted)
        versions = running.versions ?? versions
        for (const perSecond of RATES) {
          // A seed of its own: an id that was seen before would get the answer that was given then.
          const seed = 10_000 * round + perSecond
          const measured = await latency({ ...target, perSecond, seed, aggregates: LATENCY_SHOWS * aggregates, seconds, warmupSeconds: 2 })
          if (measured.missing > 0) throw new Error(`${peer.label}: ${measured.missing} commands got no answer at ${perSecond}/s`)
          latencies.push(measured)
        }
      }
      await deleteTopics(target)
      return { counted, perCpuSecond, latencies }
    }
  },
})

/** Every command has one answer; each seat was given once and refused ever after. */
function expectAll(peer: Peer, { records, distinctSeats }: Preloaded, { distinct, repeated, types }: Counted): void {
  const accepted = types['SeatReserved'] ?? 0
  const refused = types['millrace.rejected.ReserveSeat'] ?? 0
  if (distinct === records && repeated === 0 && accepted === distinctSeats && refused === records - distinctSeats) return
  throw new Error(
    `${peer.label}: of ${records} commands ${distinct} were answered, ${repeated} of them again; ` +
      `${accepted} were accepted and ${refused} refused, where ${distinctSeats} and ${records - distinctSeats} had to be`,
  )
}
