import { inProcessPayments } from '../../apps/kit/src/payments/index.ts'
import { start, type Running } from '@millrace/core'
import { openPostgresReadStore } from '@millrace/postgres'
import { openSqliteLog } from '@millrace/sqlite'
import { join } from 'node:path'
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
    const found: { readonly answered: Latencies; readonly visible: Latencies }[] = []
    let count = 0
    for (let round = 0; round <= rounds; round++) {
      const visible: number[] = []
      const answered: number[] = []
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
      const one = { answered: toLatencies(answered), visible: toLatencies(visible) }
      if (round === 0) continue
      found.push(one)
      say(`round ${round}: p50 ${figure(one.visible.p50)} ms, p99 ${figure(one.visible.p99)} ms`)
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
        'times are from when the command was due, so that one that waits for another counts in full; max is the median of the rounds’ worst',
      ],
      raw: found,
    }
  },
})
