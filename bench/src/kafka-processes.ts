import { setTimeout as sleep } from 'node:timers/promises'
import { openBroker } from './kafka/broker.ts'
import { settled, startMillrace, type MillraceProcess } from './kafka/millrace-process.ts'
import type { MillraceStatus } from './kafka/millrace-server.ts'
import { PARTITIONS, toLogOptions } from './kafka/peers.ts'
import { cpuMs, pin } from './kafka/process.ts'
import { deleteTopics, preload } from './kafka/streams.ts'
import { bench } from './shared/bench.ts'
import { figure, median, spread } from './shared/figures.ts'

const AGGREGATES = 100_000
const SAMPLE_MS = 50
/** Measured is between these parts of what a process has to decide: it has warmed up, and it is not yet done. */
const [FROM, TO] = [0.4, 0.95] as const

/** Processes of one app share its shards. */
const kinds = [
  { name: 'alone', label: 'one process alone', apps: 1, processes: 1 },
  { name: 'apart', label: 'two processes of two apps', apps: 2, processes: 1 },
  { name: 'together', label: 'two processes of one app', apps: 1, processes: 2 },
] as const

interface Round {
  /** Decided a second, by each. */
  readonly perProcess: number
  /** Decided for each second of a core that they took, from first to last. */
  readonly perCpuSecond: number
}

interface Sample {
  readonly atMs: number
  /** By each process. */
  readonly decided: readonly number[]
}

await bench({
  claim: 'kafka-processes',
  title: 'commands to events on Kafka: two processes that share the shards of one app',
  help: `Each process is pinned to a core of its own and has 1,000,000 commands (200,000 with --quick) to decide, written by a plain Java producer, of an app
with ${PARTITIONS} partitions. Two processes of one app are compared with two that have nothing to do with each other and each an app of its own: the cores,
and the broker's share of them, are the same. How one process does alone is told beside it: where there are fewer than four cores, the broker
takes what the second process would need. Needs Java and Maven.`,
  async run({ isQuick, say }) {
    const rounds = isQuick ? 1 : 5
    const records = isQuick ? 200_000 : 1_000_000
    say('starting Kafka')
    await using broker = await openBroker()
    const found = kinds.map(() => [] as Round[])
    for (let round = 1; round <= rounds; round++) {
      for (const [at, kind] of kinds.entries()) {
        const one = await measure(kind, round)
        say(`round ${round}: ${kind.label}: ${figure(one.perProcess)}/s by each, ${figure(one.perCpuSecond)} a CPU second`)
        found[at]!.push(one)
      }
    }
    const [alone, apart, together] = found as [Round[], Round[], Round[]]
    const ratio = (others: readonly Round[]): number =>
      median(together.map(({ perProcess }, round) => perProcess / others[round]!.perProcess))
    return {
      rounds,
      columns: ['', 'by each /s', 'in all /s', 'per CPU second'],
      rows: kinds.map(({ label, apps, processes }, at) => [
        label,
        spread(found[at]!.map(({ perProcess }) => perProcess)),
        spread(found[at]!.map(({ perProcess }) => apps * processes * perProcess)),
        spread(found[at]!.map(({ perCpuSecond }) => perCpuSecond)),
      ]),
      checks: [
        { what: 'by each that shares, to each that shares nothing', measured: ratio(apart), unit: ' ×', target: 0.85, is: 'at least' },
        { what: 'by each of two, to one alone on this machine', measured: ratio(alone), unit: ' ×', target: 0.85, is: 'at least' },
      ],
      notes: [
        `${figure(records)} commands for each process over ${figure(AGGREGATES)} shows; the broker is pinned to no core: beside one process alone it has a core of its own, beside two it has none`,
      ],
      raw: { records, found: Object.fromEntries(kinds.map(({ name }, at) => [name, found[at]])) },
    }

    async function measure({ name, apps, processes }: (typeof kinds)[number], round: number): Promise<Round> {
      const targets = Array.from({ length: apps }, (_, app) => ({ bootstrap: broker.bootstrap, app: `${name}-${round}-${app}` }))
      const started: MillraceProcess[] = []
      await using stack = new AsyncDisposableStack()
      for (const target of targets) {
        for (let each = 0; each < processes; each++) {
          const one = stack.use(await startMillrace(toLogOptions(target)))
          pin(one.pid, started.length)
          started.push(one)
        }
      }
      await settled(started, PARTITIONS / processes)
      const before = started.map(({ pid }) => cpuMs(pid))
      await Promise.all(targets.map((target) => preload({ ...target, records: processes * records, aggregates: AGGREGATES, seed: round })))
      const samples = await untilDecided(started, started.length * records)
      const usedMs = started.reduce((sum, { pid }, at) => sum + cpuMs(pid) - before[at]!, 0)
      const perProcess = median(started.map((_, at) => rateOf(samples, at)))
      await stack.disposeAsync()
      for (const target of targets) await deleteTopics(target)
      return { perProcess, perCpuSecond: (started.length * records * 1_000) / usedMs }
    }
  },
})

async function untilDecided(processes: readonly MillraceProcess[], records: number): Promise<readonly Sample[]> {
  const samples: Sample[] = []
  for (;;) {
    const found = await Promise.all(processes.map((each) => each.ask<MillraceStatus>({})))
    const decided = found.map((each) => each.decided)
    samples.push({ atMs: performance.now(), decided })
    if (decided.reduce((sum, each) => sum + each, 0) >= records) return samples
    await sleep(SAMPLE_MS)
  }
}

/** Decided a second by one process, while all of them were at it. */
function rateOf(samples: readonly Sample[], process: number): number {
  const ends = samples.at(-1)!.decided
  const isWithin = ({ decided }: Sample, part: number): boolean => decided.every((each, at) => each <= part * ends[at]!)
  const first = samples.find(({ decided }) => decided[process]! >= FROM * ends[process]!)!
  const last = samples.findLast((sample) => isWithin(sample, TO))!
  return ((last.decided[process]! - first.decided[process]!) * 1_000) / (last.atMs - first.atMs)
}
