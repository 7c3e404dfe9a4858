/** Emmett on PostgreSQL with the events of a past, whose projection it rebuilds when asked to. */
import type { Event } from '@event-driven-io/emmett'
import { getPostgreSQLEventStore, pongoSingleStreamProjection, rebuildPostgreSQLProjections } from '@event-driven-io/emmett-postgresql'
import { Client } from 'pg'
import { serveParent } from '../shared/child.ts'
import type { Rebuild } from './rebuilder.ts'
import { workloads } from './workloads.ts'

interface Settings {
  readonly postgres: string
  readonly events: number
}

type OrderEvent = Event<'OrderPlaced' | 'OrderPaid' | 'OrderPacked' | 'OrderShipped', Record<string, unknown>>
type Order = Record<string, unknown>

/** As the workload's own projection does it. */
const orders = pongoSingleStreamProjection<Order, OrderEvent>({
  collectionName: 'orders',
  canHandle: ['OrderPlaced', 'OrderPaid', 'OrderPacked', 'OrderShipped'],
  evolve: (document: Order | null, { type, data }: OrderEvent): Order => {
    if (type === 'OrderPlaced') return { ...data, status: 'placed' }
    const { paymentId, trackingId } = data
    if (type === 'OrderPaid') return { ...document, status: 'paid', paymentId }
    return type === 'OrderPacked' ? { ...document, status: 'packed' } : { ...document, status: 'shipped', trackingId }
  },
})

await serveParent<Settings, object>(async ({ postgres, events }) => {
  const store = getPostgreSQLEventStore(postgres)
  await store.schema.migrate()
  const { event, keys } = workloads.orders
  const all = keys(events)
  const byKey = new Map<string, OrderEvent[]>()
  for (let count = 0; count < events; count++) {
    const { type, key, data } = event(count, all)
    const stream = byKey.get(key) ?? []
    byKey.set(key, stream)
    stream.push({ type, data } as OrderEvent)
  }
  // One append after the other: its reader goes by transaction, then position, but notes only the position, so what was
  // appended at once it would partly skip.
  for (const [key, some] of byKey) await store.appendToStream(key, some)
  return {
    ready: {},
    async answer(): Promise<Rebuild> {
      const startMs = performance.now()
      const cpu = process.cpuUsage()
      const consumer = rebuildPostgreSQLProjections({ connectionString: postgres, projections: [orders] })
      await consumer.start()
      const ms = performance.now() - startMs
      const { user, system } = process.cpuUsage(cpu)
      await consumer.close()
      const client = new Client({ connectionString: postgres })
      await client.connect()
      const { rows } = await client.query<{ readonly count: string }>(`SELECT count(*) FROM orders WHERE data->>'status' = 'shipped'`)
      await client.end()
      return {
        ms,
        cpuMs: (user + system) / 1_000,
        rssBytes: process.memoryUsage().rss,
        differing: all.length - Number(rows[0]?.count ?? 0),
      }
    },
    close: () => store.close(),
  }
})
