import { fragment, tableReader, type ReadModel } from '@millrace/core'
import { openSqliteReadStore } from '@millrace/sqlite'
import { z } from 'zod'
import { bench } from './shared/bench.ts'
import { openDirectory } from './shared/directory.ts'
import { figure, median, spread, toLatencies, type Latencies } from './shared/figures.ts'

const BATCH = 4_000
const PAGE = 50
const STATUSES = ['placed', 'paid', 'shipped', 'cancelled', 'returned']
const TABLES = [
  'create table orders (id text primary key, status text not null, placed_ms bigint not null, customer text not null, cents integer not null)',
  'create index orders_by_status on orders (status, placed_ms desc, id)',
]
const Order = z.object({ id: z.string(), status: z.enum(STATUSES), placed_ms: z.number(), customer: z.string(), cents: z.number() })

await bench({
  claim: 'search',
  title: `the first page (${PAGE} rows) of orders by status and date, of a table of its own in SQLite`,
  help: `A read model's table of 1,000,000 orders (100,000 with --quick) is filled in commits of ${BATCH} statements, as a projection's are. Then pages
are asked for, each of another status and date, every row checked by its schema: alone, and while commits of 100 statements go on.`,
  async run({ isQuick, say }) {
    const rounds = 3
    const [orders, queries] = isQuick ? [100_000, 2_000] : [1_000_000, 5_000]
    await using directory = await openDirectory('search')
    await using store = await openSqliteReadStore(directory.path)
    const model = await store.open('orders', '1', TABLES)
    let made = 0
    const insert = async (count: number): Promise<void> => {
      const statements = Array.from({ length: count }, () => {
        const n = made++
        const [status, customer] = [STATUSES[(n * 7) % 5]!, `customer-${(n * 31) % 50_000}`]
        return fragment`insert into orders (id, status, placed_ms, customer, cents) values (${`order-${n}`}, ${status}, ${1.7e12 + n * 977}, ${customer}, ${n % 90_000})`
      })
      await model.commit(new Map(), new Map([[0, made]]), statements)
    }
    const beginMs = performance.now()
    while (made < orders) await insert(BATCH)
    const perSecond = (orders / (performance.now() - beginMs)) * 1_000
    say(`filled ${figure(orders)} rows, ${figure(perSecond)} a second`)

    const found: { readonly idle: Latencies[]; readonly busy: Latencies[] } = { idle: [], busy: [] }
    for (let round = 1; round <= rounds; round++) {
      found.idle.push(toLatencies(await ask(model, queries, orders)))
      let isOver = false
      const committing = (async () => {
        while (!isOver) await insert(100)
      })()
      found.busy.push(toLatencies(await ask(model, queries, orders)))
      isOver = true
      await committing
      say(`round ${round}: p99 ${figure(found.idle.at(-1)!.p99)} ms, while commits go on ${figure(found.busy.at(-1)!.p99)} ms`)
    }
    const row = (name: string, of: readonly Latencies[]): readonly string[] => [
      name,
      spread(of.map(({ p50 }) => p50)),
      spread(of.map(({ p99 }) => p99)),
      figure(median(of.map(({ max }) => max))),
    ]
    return {
      rounds,
      columns: ['', 'p50 ms', 'p99 ms', 'longest ms'],
      rows: [row('nothing else goes on', found.idle), row('while commits go on', found.busy)],
      checks: [
        { what: 'p99 of a page', measured: median(found.idle.map(({ p99 }) => p99)), unit: ' ms', target: 20, is: 'at most' },
        { what: 'p99 while commits go on', measured: median(found.busy.map(({ p99 }) => p99)), unit: ' ms', target: 20, is: 'at most' },
      ],
      notes: [`${figure(orders)} rows, filled at ${figure(perSecond)} a second in commits of ${figure(BATCH)} statements`],
      raw: { orders, perSecond, found },
    }
  },
})

/** One page after the other, each of another status and moment; in milliseconds. */
async function ask(model: ReadModel, queries: number, orders: number): Promise<readonly number[]> {
  const reader = tableReader(async (statement) => model.rows!(statement))
  const taken: number[] = []
  for (let at = 0; at < queries; at++) {
    const [status, before] = [STATUSES[at % 5]!, 1.7e12 + ((at * 7_919 * 977) % (orders * 977))]
    const beginMs = performance.now()
    const page = await reader.rows(
      Order,
    )`select id, status, placed_ms, customer, cents from orders where status = ${status} and placed_ms <= ${before} order by placed_ms desc, id limit ${PAGE}`
    taken.push(performance.now() - beginMs)
    if (page.length === 0 && before > 1.7e12 + 10_000) throw new Error(`no orders of ${status} before ${before}`)
    if (at % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  return taken
}
