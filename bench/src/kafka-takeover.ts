import { join } from 'node:path'
import { openBroker } from './kafka/broker.ts'
import { settled, startMillrace, type MillraceProcess } from './kafka/millrace-process.ts'
import { PARTITIONS, toLogOptions } from './kafka/peers.ts'
import { count, preload } from './kafka/streams.ts'
import { bench } from './shared/bench.ts'
import { openDirectory } from './shared/directory.ts'
import { figure, median, spread } from './shared/figures.ts'

const SESSION_TIMEOUT_MS = 10_000
const AGGREGATES = 100_000
/** Shows that are asked for, over all partitions. */
const SHOWS = Array.from({ length: 64 }, (_, at) => `moving-${at}`)
const SEAT = 'A-1'

const kinds = [
  { label: 'SIGKILL, with a checkpoint', isKilled: true, hasCheckpoint: true, targetMs: SESSION_TIMEOUT_MS + 1_000 },
  { label: 'SIGKILL, without one', isKilled: true, hasCheckpoint: false },
  { label: 'a clean stop, with a checkpoint', isKilled: false, hasCheckpoint: true, targetMs: 1_000 },
  { label: 'a clean stop, without one', isKilled: false, hasCheckpoint: false },
] as const

await bench({
  claim: 'kafka-takeover',
  title: 'two processes share the shards; one goes, and the other takes them over',
  help: `1,000,000 events (100,000 with --quick) over ${figure(AGGREGATES)} shows and ${PARTITIONS} partitions; each process holds half of the shards. Then one is killed or
stopped, and at once the other is asked for a seat in each of ${SHOWS.length} shows, of all partitions. All of those seats are taken, so each has to be
refused. Measured is from the signal until the last one is. The process that takes over has its own checkpoint of all partitions, from a time
when it was alone, or none. The session timeout is the default, ${SESSION_TIMEOUT_MS / 1_000} s. Needs Java and Maven.`,
  async run({ isQuick, say }) {
    const rounds = isQuick ? 1 : 5
    const records = isQuick ? 100_000 : 1_000_000
    await using directory = await openDirectory('kafka-takeover')
    say('starting Kafka')
    await using broker = await openBroker()
    const target = { bootstrap: broker.bootstrap, app: 'takeover' }
    const open = (checkpoints: string): Promise<MillraceProcess> =>
      startMillrace({ ...toLogOptions(target), sessionTimeoutMs: SESSION_TIMEOUT_MS, checkpoints: join(directory.path, checkpoints) })

    say(`deciding ${figure(records)} commands`)
    {
      await using alone = await open('takes')
      await settled([alone], PARTITIONS)
      const { counted } = await count({ bootstrap: target.bootstrap, topic: `${target.app}.events`, records, seed: 1 })
      await preload({ ...target, records, aggregates: AGGREGATES, seed: 1 })
      await counted
      await reserve(alone, 'accepted')
    }
    const found = kinds.map(() => [] as number[])
    for (let round = 1; round <= rounds; round++) {
      for (const [at, kind] of kinds.entries()) {
        const ms = await takeOver(kind, kind.hasCheckpoint ? 'takes' : `bare-${round}-${at}`)
        say(`round ${round}: ${kind.label}: ${figure(ms / 1_000)} s`)
        found[at]!.push(ms)
      }
    }
    return {
      rounds,
      columns: ['', 'all answered after s'],
      rows: kinds.map(({ label }, at) => [label, spread(found[at]!.map((ms) => ms / 1_000))]),
      checks: kinds.flatMap((kind, at) =>
        'targetMs' in kind
          ? [
              {
                what: kind.label,
                measured: median(found[at]!) / 1_000,
                unit: ' s',
                target: kind.targetMs / 1_000,
                is: 'at most' as const,
              },
            ]
          : [],
      ),
      notes: [
        `${figure(records)} events, half of the ${PARTITIONS} shards move; session timeout ${SESSION_TIMEOUT_MS / 1_000} s; every seat that was taken before was refused after`,
        'without a checkpoint, the events of the shards that move are folded from the first one on',
      ],
      raw: { records, found: Object.fromEntries(kinds.map(({ label }, at) => [label, found[at]])) },
    }

    async function takeOver({ isKilled }: { readonly isKilled: boolean }, checkpoints: string): Promise<number> {
      await using goes = await open('goes')
      await settled([goes], PARTITIONS)
      await using takes = await open(checkpoints)
      await settled([goes, takes], PARTITIONS / 2)
      const startMs = performance.now()
      if (isKilled) process.kill(goes.pid, 'SIGKILL')
      const stopped = isKilled ? undefined : goes[Symbol.asyncDispose]()
      await reserve(takes, 'seat-taken')
      const ms = performance.now() - startMs
      await stopped
      return ms
    }

    async function reserve(by: MillraceProcess, expected: string): Promise<void> {
      const request = { reserve: { shows: SHOWS, seat: SEAT, timeoutMs: 60_000 } }
      const others = (await by.ask<readonly string[]>(request)).filter((each) => each !== expected)
      if (others.length > 0) throw new Error(`of ${SHOWS.length} seats, all were to be '${expected}'; some were '${others[0]}'`)
    }
  },
})
