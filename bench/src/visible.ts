import type { Running } from '@millrace/core'
import { start } from '@millrace/core'
import { openSqliteLog } from '@millrace/sqlite'
import { join } from 'node:path'
import { inProcessPayments } from '../../apps/kit/src/payments/index.ts'
import { createTickets, type Tickets } from '../../apps/tickets/src/app.ts'
import { bench } from './shared/bench.ts'
import { openChild } from './shared/child.ts'
import { openDirectory } from './shared/directory.ts'
import { figure, median, toLatencies, type Latencies } from './shared/figures.ts'
import { epochMs, tick } from './shared/metronome.ts'
import { expectAccepted, planOf, seatsOf, showIds } from './shared/shows.ts'
import { expectOk, get, headerOf, post } from './shared/wire.ts'
import { WirePool } from './shared/wire-pool.ts'

const PER_SECOND = 200
const THEATRES = 50
const theatreSeats = seatsOf('theatre')
type Path = 'in process' | 'over HTTP'

/** Sends a command and resolves once a query that names its position has been answered with the seat taken. */
type SendAndSee = (command: ReturnType<typeof holdOne>) => Promise<void>

await bench({
  claim: 'visible',
  title: `from sending a command to seeing it in the seat map, ${PER_SECOND} commands a second`,
  help: `The tickets app with all its read models on the embedded log, ${THEATRES} theatres. Open loop: each command is timed from when it
was due. In process: send, then query with \`after: receipt\`. Over HTTP: POST, then GET with Millrace-After, the server in a
process of its own. Every answer is checked to hold the seat.`,
  async run({ isQuick, say }) {
    const rounds = isQuick ? 3 : 5
    const forMs = isQuick ? 1_000 : 3_500
    await using directory = await openDirectory('visible')
    await using inside = await openInside(join(directory.path, 'inside'))
    await using outside = await openOutside(join(directory.path, 'outside'))
    const ways: Record<Path, SendAndSee> = { 'in process': inside.see, 'over HTTP': outside.see }
    const found: Record<Path, { readonly answered: Latencies; readonly visible: Latencies }[]> = { 'in process': [], 'over HTTP': [] }
    let count = 0
    say('warming up')
    for (let round = 0; round <= rounds; round++) {
      for (const [path, see] of Object.entries(ways) as [Path, SendAndSee][]) {
        const visible: number[] = []
        const answered: number[] = []
        await tick(PER_SECOND, forMs, async (dueMs) => {
          const command = holdOne(count++)
          command.answered = () => answered.push(epochMs() - dueMs)
          await see(command)
          visible.push(epochMs() - dueMs)
        })
        const one = { answered: toLatencies(answered), visible: toLatencies(visible) }
        if (round > 0) found[path].push(one)
        if (round > 0) say(`round ${round}: ${path}: p50 ${figure(one.visible.p50)} ms, p99 ${figure(one.visible.p99)} ms`)
      }
    }
    const of = (path: Path, what: 'answered' | 'visible', which: 'p50' | 'p99' | 'max'): number =>
      median(found[path].map((one) => one[what][which]))
    const row = (label: string, path: Path, what: 'answered' | 'visible'): readonly string[] => [
      label,
      ...(['p50', 'p99', 'max'] as const).map((which) => figure(of(path, what, which))),
    ]
    return {
      rounds,
      columns: ['', 'p50 ms', 'p99 ms', 'max ms'],
      rows: [
        row('in process: acknowledged, durable', 'in process', 'answered'),
        row('in process: visible', 'in process', 'visible'),
        row('over HTTP: acknowledged, durable', 'over HTTP', 'answered'),
        row('over HTTP: visible', 'over HTTP', 'visible'),
      ],
      checks: (['in process', 'over HTTP'] as const).flatMap((path) => [
        { what: `visible ${path}, p50`, measured: of(path, 'visible', 'p50'), unit: ' ms', target: 3, is: 'at most' as const },
        { what: `visible ${path}, p99`, measured: of(path, 'visible', 'p99'), unit: ' ms', target: 20, is: 'at most' as const },
      ]),
      notes: [
        'times are from when the command was due, so that one that waits for another counts in full; max is the median of the rounds’ worst',
      ],
      raw: found,
    }
  },
})

/** The `count`th hold of one fresh seat, theatres in turn. */
function holdOne(count: number) {
  const seat = theatreSeats[Math.floor(count / THEATRES)]
  if (seat === undefined) throw new Error('the theatres are full')
  return {
    showId: `show-${count % THEATRES}`,
    holdId: `hold-${count}`,
    customerId: `customer-${count}`,
    seats: [seat],
    answered: (): unknown => undefined,
  }
}

async function openInside(directory: string): Promise<AsyncDisposable & { readonly see: SendAndSee }> {
  const running: Running<Tickets> = await start(createTickets(inProcessPayments()), { log: await openSqliteLog(directory) })
  for (const id of showIds(THEATRES)) await expectAccepted(running.send('ScheduleShow', planOf('theatre', id)))
  const see: SendAndSee = async ({ answered, ...command }) => {
    const receipt = await running.send('HoldSeats', command)
    answered()
    const map = await running.query('seatMap', { showId: command.showId }, { after: receipt })
    expectSeat(map?.taken, command.seats[0])
  }
  return { see, [Symbol.asyncDispose]: () => running.stop() }
}

async function openOutside(directory: string): Promise<AsyncDisposable & { readonly see: SendAndSee }> {
  const server = await openChild<{ readonly port: number }>('servers/millrace.ts', {
    directory,
    app: 'tickets',
    shows: [{ hall: 'theatre', ids: showIds(THEATRES) }],
  })
  const pool = await WirePool.open(server.ready.port, 32)
  const see: SendAndSee = async ({ answered, ...command }) => {
    const receipt = expectOk(await pool.ask(post('/commands/HoldSeats', JSON.stringify(command))))
    answered()
    const position = headerOf(receipt, 'millrace-position') ?? ''
    const { body } = expectOk(await pool.ask(get(`/queries/seatMap?showId=${command.showId}`, `Millrace-After: ${position}\r\n`)))
    expectSeat((JSON.parse(body.toString()) as { readonly taken: Record<string, string> }).taken, command.seats[0])
  }
  return {
    see,
    async [Symbol.asyncDispose]() {
      pool[Symbol.dispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

function expectSeat(taken: Readonly<Record<string, string>> | undefined, seat: string | undefined): void {
  if (taken?.[seat ?? ''] !== 'held') throw new Error(`seat ${seat ?? ''} is not to be seen after its own position`)
}
