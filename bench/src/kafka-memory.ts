import { setTimeout as sleep } from 'node:timers/promises'
import { openBroker } from './kafka/broker.ts'
import { settled, startMillrace } from './kafka/millrace-process.ts'
import type { MillraceStatus } from './kafka/millrace-server.ts'
import { PARTITIONS, toLogOptions } from './kafka/peers.ts'
import { residentBytes } from './kafka/process.ts'
import { preload } from './kafka/streams.ts'
import { bench } from './shared/bench.ts'
import { figure, median } from './shared/figures.ts'

const AGGREGATES = 100_000
/** Written at once; the next ones come when fewer than these wait. */
const CHUNK = 500_000
const SAMPLE_MS = 500
const MIB = 2 ** 20

await bench({
  claim: 'kafka-memory',
  title: 'one process on Kafka that decides at full speed, its memory over time',
  help: `${figure(AGGREGATES)} shows in ${PARTITIONS} partitions, for ten minutes (one with --quick). A plain Java producer sees to it that there are always commands waiting.
The process runs what \`npm run build\` made: run that first. Resident memory is what the system says. Needs Java and Maven.`,
  async run({ isQuick, say }) {
    const forMs = isQuick ? 60_000 : 600_000
    say('starting Kafka')
    await using broker = await openBroker()
    const target = { bootstrap: broker.bootstrap, app: 'memory' }
    await using peer = await startMillrace(toLogOptions(target), { isBuilt: true })
    await settled([peer], PARTITIONS)
    const answered = async (): Promise<number> => (await peer.ask<MillraceStatus>({})).answered

    const samples: number[] = []
    const over = new AbortController()
    const sampling = (async () => {
      while (!over.signal.aborted) {
        samples.push(residentBytes(peer.pid))
        await sleep(SAMPLE_MS)
      }
    })()
    let written = 0
    let idle = 0
    const startMs = performance.now()
    for (let seed = 1; performance.now() - startMs < forMs; seed++) {
      await preload({ ...target, records: CHUNK, aggregates: AGGREGATES, seed })
      written += CHUNK
      let waiting = written - (await answered())
      if (waiting < CHUNK / 10) idle++
      for (; waiting > CHUNK; waiting = written - (await answered())) await sleep(100)
      say(`${figure(written)} commands, ${figure((samples.at(-1) ?? 0) / MIB)} MiB`)
    }
    const perSecond = (await answered()) / ((performance.now() - startMs) / 1_000)
    over.abort()
    await sampling

    // The first tenth warms up: the shows come to be, and the code is compiled.
    const steady = samples.slice(Math.floor(samples.length / 10))
    const third = Math.floor(steady.length / 3)
    const [first, last] = [median(steady.slice(0, third)), median(steady.slice(-third))]
    const most = Math.max(...samples)
    return {
      rounds: 1,
      columns: ['', 'MiB'],
      rows: [
        ['first third', figure(first / MIB)],
        ['last third', figure(last / MIB)],
        ['at most', figure(most / MIB)],
      ],
      checks: [
        { what: 'resident memory, at most', measured: most / 1e6, unit: ' MB', target: 400, is: 'at most' },
        { what: 'last third to first third', measured: last / first, unit: ' ×', target: 1.1, is: 'at most' },
      ],
      notes: [
        `${figure(written)} commands in ${figure(forMs / 60_000)} min, ${figure(perSecond)}/s decided while the producer shared the cores; ${idle} times the producer found nearly nothing waiting`,
      ],
      raw: { samples },
    }
  },
})
