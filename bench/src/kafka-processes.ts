import { openBroker } from './kafka/broker.ts'
import { settled, startMillrace, type MillraceProcess } from './kafka/millrace-process.ts'
import { PARTITIONS, toLogOptions } from './kafka/peers.ts'
import { cpuMs, pin } from './kafka/process.ts'
import { count, deleteTopics, preload } from './kafka/streams.ts'
import { bench } from './shared/bench.ts'
import { figure, median, spread } from './shared/figures.ts'

const AGGREGATES = 100_000
const SIZES = [1, 2] as const

interface Round {
  /** Decided a second by one process, in the second half. */
  readonly perProcess: number
  /** Decided for each second of a core that a process took, from first to last. */
  readonly perCpuSecond: number
}

await bench({
  claim: 'kafka-processes',
  title: 'commands to events on Kafka: one process on one core, against two on two',
  help: `Each process is pinned to a core of its own; ${PARTITIONS} partitions, shared out evenly. They have their shards before a plain Java producer
writes 2,000,000 commands (400,000 with --quick), and a plain Java consumer counts the answers; the rate is that of the second half, when the producer
has ended. Where there are fewer than four cores, broker and consumer share them with the processes. Needs Java and Maven.`,
  async run({ isQuick, say }) {
    const rounds = isQuick ? 1 : 5
    const records = isQuick ? 400_000 : 2_000_000
    say('starting Kafka')
    await using broker = await openBroker()
    const found: Record<(typeof SIZES)[number], Round[]> = { 1: [], 2: [] }
    for (let round = 1; round <= rounds; round++) {
      for (const size of SIZES) {
        const one = await measure(size, round)
        say(`round ${round}: ${size} × ${figure(one.perProcess)}/s, ${figure(one.perCpuSecond)} a CPU second`)
        found[size].push(one)
      }
    }
    const ratio = (of: (round: Round) => number): number => median(found[2].map((two, at) => of(two) / of(found[1][at]!)))
    const perProcess = ratio((round) => round.perProcess)
    const perCpuSecond = ratio((round) => round.perCpuSecond)
    return {
      rounds,
      columns: ['', 'by each /s', 'in all /s', 'per CPU second'],
      rows: SIZES.map((size) => [
        size === 1 ? 'one process' : 'two processes',
        spread(found[size].map((round) => round.perProcess)),
        spread(found[size].map((round) => size * round.perProcess)),
        spread(found[size].map((round) => round.perCpuSecond)),
      ]),
      checks: [
        { what: 'by each of two, to one alone', measured: perProcess, unit: ' ×', target: 0.85, is: 'at least' },
        { what: 'the same, for each second of CPU', measured: perCpuSecond, unit: ' ×', target: 0.85, is: 'at least' },
      ],
      notes: [
        `${figure(records)} commands over ${figure(AGGREGATES)} shows; broker and counting consumer are pinned to no core: alone, a process leaves them the other one`,
      ],
      raw: { records, found },
    }

    async function measure(size: number, round: number): Promise<Round> {
      const target = { bootstrap: broker.bootstrap, app: `processes-${size}-${round}` }
      await using stack = new AsyncDisposableStack()
      const processes: MillraceProcess[] = []
      for (let core = 0; core < size; core++) {
        const started = stack.use(await startMillrace(toLogOptions(target)))
        pin(started.pid, core)
        processes.push(started)
      }
      await settled(processes, PARTITIONS / size)
      const used = (): number => processes.reduce((sum, { pid }) => sum + cpuMs(pid), 0)
      const before = used()
      const { counted } = await count({ bootstrap: target.bootstrap, topic: `${target.app}.events`, records, seed: round })
      await preload({ ...target, records, aggregates: AGGREGATES, seed: round })
      const { warm } = await counted
      const perCpuSecond = (records / (used() - before)) * 1_000
      await stack.disposeAsync()
      await deleteTopics(target)
      return { perProcess: warm / size, perCpuSecond }
    }
  },
})
