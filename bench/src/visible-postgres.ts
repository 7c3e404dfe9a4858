import { inProcessPayments } from '../../apps/kit/src/payments/index.ts'
import { start, type Running } from '@millrace/core'
import { openPostgresReadStore } from '@millrace/postgres'
import { openSqliteLog } from '@millrace/sqlite'
import { join } from 'node:path'
import { Client } from 'pg'
import { createTickets, type Tickets } from '../../apps/tickets/src/app.ts'
import { bench } from './shared/bench.ts'
import { openDirectory } from './shared/directory.ts'
import { figure, median, toLatencies, type Latencies } from './shared/figures.ts'
import { epochMs, tick } from './shared/metronome.ts'
import { openPostgres } from './shared/postgres.ts'
import { expectAccepted, planOf, seatsOf, showIds } from './shared/shows.ts'

const PER_SECOND = 500
const THEATRES = 100
const seats = seatsOf('theatre')

/** Commits of read models, and transactions of the server that wrote. */
interface Written {
  readonly commits: number
  readonly transactions: number
}

async function writtenSoFar(url: string): Promise<Written> {
  const client = new Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ readonly commits: string; readonly transactions: string }>(
    // Ids of transactions are only given to those that write.
    'SELECT sum(commits) AS commits, pg_snapshot_xmax(pg_current_snapshot()) AS transactions FROM millrace.models',
  )
  await client.end()
  return { commits: Number(rows[0]!.commits), transactions: Number(rows[0]!.transactions) }
}

const perSecond = (before: Written, after: Written, ms: number): Written => ({
  commits: ((after.commits - before.commits) / ms) * 1_000,
  transactions: ((after.transactions - before.transactions) / ms) * 1_000,
})

await bench({
  claim: 'visible-postgres',
  title: `from sending a command to seeing it in a read model on PostgreSQL, ${PER_SECOND} commands a second`,
  help: `The tickets app with all its read models in a PostgreSQL with default settings, on the embedded log, ${THEATRES} theatres. Open loop:
each command is timed from when it was due. Send, then query with \`after: receipt\`. Every answer is checked to hold the seat.`,
  async run({ isQuick, say }) {
    const rounds = isQuick ? 3 : 5
    const forMs = isQuick ? 1_000 : 3_000
    await using directory = await openDirectory('visible-postgres')
    await using postgres = await openPostgres(directory)
    await using running: Running<Tickets> = await start(createTickets(inProcessPayments()), {
      log: await openSqliteLog(join(directory.path, 'log')),
      store: await openPostgresReadStore(postgres.url),
    })
    for (const id of showIds(THEATRES)) await expectAccepted(running.send('ScheduleShow', planOf('theatre', id)))
    const found: { readonly answered: Latencies; readonly visible: Latencies; readonly written: Written }[] = []
    let count = 0
    for (let round = 0; round <= rounds; round++) {
      const visible: number[] = []
      const answered: number[] = []
      const before = await writtenSoFar(postgres.url)
      const fromMs = epochMs()
      await tick(PER_SECOND, forMs, async (dueMs) => {
        const at = count++
        const seat = seats[Math.floor(at / THEATRES)]
        if (seat === undefined) throw new Error('the theatres are full')
        const showId = `show-${at % THEATRES}`
        const receipt = await running.send('HoldSeats', { showId, holdId: `hold-${at}`, customerId: `customer-${at}`, seats: [seat] })
        answered.push(epochMs() - dueMs)
        const map = await running.query('seatMap', { showId }, { after: receipt })
        if (map?.taken[seat] !== 'held') throw new Error(`seat ${seat} is not to be seen after its own position`)
        visible.push(epochMs() - dueMs)
      })
      const written = perSecond(before, await writtenSoFar(postgres.url), epochMs() - fromMs)
      const one = { answered: toLatencies(answered), visible: toLatencies(visible), written }
      if (round === 0) continue
      found.push(one)
      say(
        `round ${round}: p50 ${figure(one.visible.p50)} ms, p99 ${figure(one.visible.p99)} ms, ${figure(written.commits)} commits/s in ${figure(written.transactions)} transactions/s`,
      )
    }
    const of = (what: 'answered' | 'visible', which: 'p50' | 'p99' | 'max'): number => median(found.map((one) => one[what][which]))
    const row = (label: string, what: 'answered' | 'visible'): readonly string[] => [
      label,
      ...(['p50', 'p99', 'max'] as const).map((which) => figure(of(what, which))),
    ]
    return {
      rounds,
      columns: ['', 'p50 ms', 'p99 ms', 'max ms'],
      rows: [row('acknowledged, durable', 'answered'), row('visible', 'visible')],
      checks: [
        { what: 'visible, p50', measured: of('visible', 'p50'), unit: ' ms', target: 10, is: 'at most' },
        { what: 'visible, p99', measured: of('visible', 'p99'), unit: ' ms', target: 50, is: 'at most' },
      ],
      notes: [
        `seven read models: ${figure(median(found.map(({ written }) => written.commits)))} of their commits a second, in ${figure(median(found.map(({ written }) => written.transactions)))} transactions of the server (medians of the rounds)`,
        'times are from when the command was due, so that one that waits for another counts in full; max is the median of the rounds’ worst',
      ],
      raw: found,
    }
  },
})
