import type { Restart } from './servers/restart.ts'
import { bench } from './shared/bench.ts'
import { openChild } from './shared/child.ts'
import { openDirectory } from './shared/directory.ts'
import { figure, median, spread } from './shared/figures.ts'
import { SHOWS } from './shared/hall.ts'

const PARTITIONS = 12
const BATCH = 50
type Kind = 'from the log' | 'from checkpoints'

await bench({
  claim: 'fold',
  title: 'from start() to ready, on a log with a past',
  help: `A log of 1,000,000 events (100,000 with --quick) and their commands, over ${SHOWS} shows and ${PARTITIONS} partitions, is made once. Then an app with one
aggregate and one read model is started on it, each time in a fresh process: nothing is warm but the file system's cache. From
the log: the read model is in memory, and all is folded. From checkpoints: shards.db and read.db, as a clean stop left them.`,
  async run({ isQuick, say }) {
    const rounds = 3
    const events = isQuick ? 100_000 : 1_000_000
    await using directory = await openDirectory('fold')
    const restart = async (hasCheckpoints: boolean): Promise<Restart> => {
      await using child = await openChild<Restart>('servers/restart.ts', { directory: directory.path, hasCheckpoints })
      return child.ready
    }
    {
      await using maker = await openChild<{ readonly seconds: number }>('servers/log-maker.ts', {
        directory: directory.path,
        partitions: PARTITIONS,
        events,
        batch: BATCH,
      })
      say(`made a log of ${figure(events)} events in ${figure(maker.ready.seconds)} s`)
    }
    const found: Record<Kind, Restart[]> = { 'from the log': [], 'from checkpoints': [] }
    for (let round = 1; round <= rounds; round++) found['from the log'].push(await told('from the log', restart(false)))
    say('folding once more, to leave checkpoints')
    const first = await restart(true)
    for (let round = 1; round <= rounds; round++) found['from checkpoints'].push(await told('from checkpoints', restart(true)))

    for (const { taken, refusal } of [first, ...Object.values(found).flat()]) {
      if (taken !== found['from the log'][0]?.taken || taken < 1 || refusal !== 'seat-taken') {
        throw new Error(`folded wrongly: ${taken} seats taken, a taken seat was answered '${refusal}'`)
      }
    }
    const seconds = (kind: Kind, which: 'openMs' | 'shardsMs' | 'readyMs'): number[] => found[kind].map((one) => one[which] / 1_000)
    const row = (kind: Kind): readonly string[] => [
      kind,
      spread(seconds(kind, 'readyMs')),
      spread(seconds(kind, 'shardsMs')),
      figure(median(seconds(kind, 'openMs'))),
      figure(events / median(seconds(kind, 'readyMs'))),
      figure(median(found[kind].map(({ rssBytes }) => rssBytes / 2 ** 20))),
    ]
    return {
      rounds,
      columns: ['', 'ready s', 'shards decide s', 'opening files s', 'events/s', 'RSS MiB'],
      rows: [row('from the log'), row('from checkpoints')],
      checks: [
        {
          what: `${figure(events)} events, no checkpoint`,
          measured: median(seconds('from the log', 'readyMs')),
          unit: ' s',
          target: 5,
          is: 'at most',
        },
        {
          what: `${figure(events)} events, with checkpoints`,
          measured: median(seconds('from checkpoints', 'readyMs')),
          unit: ' s',
          target: 1,
          is: 'at most',
        },
      ],
      notes: [
        `one record an event, ${BATCH} to an append; ready means both: all shards decide and the read model is live`,
        'each restart was asked for the seats of a show and refused a seat that is taken: the same from checkpoints as from the log',
      ],
      raw: { events, found, first },
    }

    async function told(kind: Kind, restarted: Promise<Restart>): Promise<Restart> {
      const one = await restarted
      say(`${kind}: ready in ${figure(one.readyMs / 1_000)} s`)
      return one
    }
  },
})
