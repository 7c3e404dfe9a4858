import { CommandHandler, type Event } from '@event-driven-io/emmett'
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql'
import { start, type App, type Receipt, type Running } from '@millrace/core'
import { openSqliteLog } from '@millrace/sqlite'
import { join } from 'node:path'
import { bench } from './shared/bench.ts'
import { openDirectory } from './shared/directory.ts'
import { drive, type Driven } from './shared/drive.ts'
import { figure, median, spread } from './shared/figures.ts'
import { emptyHall, hall, hallWrites, hold, holdSeats, openShows, SHOWS, takenSeat, type Hall, type SeatsHeld } from './shared/hall.ts'
import { openPostgres } from './shared/postgres.ts'
import { packageVersion } from './shared/versions.ts'

const IN_FLIGHT = 64
type HallEvent = Event<'SeatsHeld', { [Field in keyof SeatsHeld]: SeatsHeld[Field] }>

await bench({
  claim: 'durable-commands',
  title: `durable commands in this process, ${IN_FLIGHT} in flight over ${figure(SHOWS)} shows`,
  help: `HoldSeats of two fresh seats, each answered once it is on disk. Millrace on its embedded SQLite log against Emmett's
PostgreSQL event store (CommandHandler: read the stream, decide, append) on an embedded PostgreSQL with default settings.
Both decide with the same functions; Millrace validates every command with zod besides, Emmett nothing. Peers take turns.`,
  versions: { emmett: packageVersion('@event-driven-io/emmett-postgresql') },
  async run({ isQuick, say }) {
    const rounds = isQuick ? 3 : 5
    const roundMs = isQuick ? 700 : 3_000
    await using directory = await openDirectory('durable-commands')
    say('starting PostgreSQL')
    await using postgres = await openPostgres(directory)
    const emmett = await openEmmett(postgres.url)
    await using writes = await openMillrace(hallWrites, join(directory.path, 'writes'))
    await using whole = await openMillrace(hall, join(directory.path, 'whole'))
    await openShows(writes)
    await openShows(whole as unknown as typeof writes)
    const peers = {
      millrace: sender((command) => writes.send('HoldSeats', command)),
      emmett: emmett.send,
      'millrace with a read model': sender((command) => whole.send('HoldSeats', command)),
    }
    const found: Record<keyof typeof peers, Driven[]> = { millrace: [], emmett: [], 'millrace with a read model': [] }

    say('warming up')
    for (const send of Object.values(peers)) await drive(IN_FLIGHT, roundMs / 2, send)
    for (let round = 1; round <= rounds; round++) {
      for (const [name, send] of Object.entries(peers) as [keyof typeof peers, () => Promise<void>][]) {
        const driven = await drive(IN_FLIGHT, roundMs, send)
        say(`round ${round}: ${name} ${figure(driven.perSecond)}/s`)
        found[name].push(driven)
      }
    }
    const fsync = await postgres.setting('fsync')
    const commit = await postgres.setting('synchronous_commit')
    await emmett.close()

    const perSecond = (name: keyof typeof peers): number[] => found[name].map((driven) => driven.perSecond)
    const ratios = perSecond('millrace').map((value, at) => value / perSecond('emmett')[at]!)
    const row = (label: string, name: keyof typeof peers): readonly string[] => [
      label,
      spread(perSecond(name)),
      figure(median(found[name].map(({ latencyMs }) => latencyMs.p50))),
      figure(median(found[name].map(({ latencyMs }) => latencyMs.p99))),
      figure(median(perSecond(name).map((value, at) => value / perSecond('emmett')[at]!))) + ' ×',
    ]
    return {
      rounds,
      columns: ['', 'commands/s', 'p50 ms', 'p99 ms', 'to Emmett'],
      rows: [
        row('Millrace, embedded SQLite log', 'millrace'),
        row('the same, and folding a seat map', 'millrace with a read model'),
        row("Emmett's PostgreSQL event store", 'emmett'),
      ],
      checks: [
        { what: 'ratio to Emmett', measured: median(ratios), unit: ' ×', target: 20, is: 'at least' },
        { what: 'durable commands', measured: median(perSecond('millrace')), unit: '/s', target: 40_000, is: 'at least' },
      ],
      notes: [
        `PostgreSQL ${postgres.version}: fsync ${fsync}, synchronous_commit ${commit}; SQLite: WAL, synchronous=FULL`,
        'Millrace has 12 partitions; all run in one process, SQLite writes in a worker thread of it',
      ],
      raw: found,
    }
  },
})

async function openMillrace<A extends App>(app: A, directory: string): Promise<Running<A>> {
  return start(app, { log: await openSqliteLog(directory) })
}

function sender(send: (command: ReturnType<typeof holdSeats>) => Promise<Receipt>): () => Promise<void> {
  let count = 0
  return async () => {
    const { outcome } = await send(holdSeats(count++))
    if (outcome !== 'accepted') throw new Error(`a command was ${outcome}`)
  }
}

async function openEmmett(url: string): Promise<{ send: () => Promise<void>; close: () => Promise<void> }> {
  const store = getPostgreSQLEventStore(url)
  await store.schema.migrate()
  const handle = CommandHandler<Hall, HallEvent>({ initialState: emptyHall, evolve: (state, { data }) => hold(state, data) })
  let count = 0
  const send = async (): Promise<void> => {
    const command = holdSeats(count++)
    const { holdId, customerId, seats } = command
    const { newEvents } = await handle(store, command.showId, (state) => {
      const seat = takenSeat(state, command)
      if (seat !== undefined) throw new Error(`seat ${seat} is taken`)
      return { type: 'SeatsHeld', data: { holdId, customerId, seats } }
    })
    if (newEvents.length !== 1) throw new Error('a command left no event')
  }
  return { send, close: () => store.close() }
}
