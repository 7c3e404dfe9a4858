/** What is rebuilt: an app with one read model, and the events of its past. */
import { aggregate, app, event, projection, type App } from '@millrace/core'
import { z } from 'zod'

/** One event, before it has a place in the log. */
export interface PastEvent {
  readonly type: string
  readonly key: string
  readonly data: object
}

export interface Workload {
  readonly label: string
  readonly app: App
  readonly projection: string
  /** The `count`th event of a partition that has `keys`. */
  readonly event: (count: number, keys: readonly string[]) => PastEvent
  /** The keys of a log of so many events. */
  readonly keys: (events: number) => readonly string[]
}

/** How far apart the events of one key are: so many others' come between, as they do where many are at work. */
const APART = 10_000

const names = (name: string, count: number): readonly string[] => Array.from({ length: count }, (_, at) => `${name}-${at}`)

const line = z.object({ product: z.string(), quantity: z.number(), cents: z.number() })
const order = aggregate('order', {
  commands: { PlaceOrder: z.object({ orderId: z.string() }) },
  events: {
    OrderPlaced: z.object({ customerId: z.string(), lines: z.array(line), totalCents: z.number() }),
    OrderPaid: z.object({ paymentId: z.string() }),
    OrderPacked: z.object({ by: z.string() }),
    OrderShipped: z.object({ carrier: z.string(), trackingId: z.string() }),
  },
  key: ({ orderId }) => orderId,
  initialState: () => 0,
  decide: { PlaceOrder: ({ orderId }) => [event('OrderPlaced', { customerId: orderId, lines: [], totalCents: 0 })] },
  evolve: { OrderPlaced: () => 1, OrderPaid: () => 2, OrderPacked: () => 3, OrderShipped: () => 4 },
})
const orders = projection('orders', {
  from: [order],
  document: z.object({
    orderId: z.string(),
    customerId: z.string(),
    lines: z.array(line),
    totalCents: z.number(),
    status: z.string(),
    paymentId: z.string().optional(),
    trackingId: z.string().optional(),
  }),
  on: {
    OrderPlaced: (placed, { key, model }) => model.put(key, { orderId: key, ...placed, status: 'placed' }),
    OrderPaid: ({ paymentId }, { key, model }) => model.patch(key, { status: 'paid', paymentId }),
    OrderPacked: (_packed, { key, model }) => model.patch(key, { status: 'packed' }),
    OrderShipped: ({ trackingId }, { key, model }) => model.patch(key, { status: 'shipped', trackingId }),
  },
  queries: (query) => ({ order: query(z.object({ orderId: z.string() }), ({ orderId }, model) => model.get(orderId)) }),
})

/** The `count`th event where each key has `stages` of them: which stage it is, and the how manieth key. */
function stageOf(count: number, keys: number, stages: number): { readonly stage: number; readonly at: number } {
  const apart = Math.min(APART, keys)
  const block = Math.floor(count / (apart * stages))
  return { stage: Math.floor(count / apart) % stages, at: (block * apart + (count % apart)) % keys }
}

function orderEvent(count: number, keys: readonly string[]): PastEvent {
  const { stage, at } = stageOf(count, keys.length, 4)
  const key = keys[at]!
  const types = ['OrderPlaced', 'OrderPaid', 'OrderPacked', 'OrderShipped'] as const
  const placed = {
    customerId: `customer-${at % 5_000}`,
    lines: [
      { product: `product-${at % 97}`, quantity: 1 + (at % 3), cents: 1_990 },
      { product: `product-${at % 89}`, quantity: 2, cents: 450 },
    ],
    totalCents: 1_990 * (1 + (at % 3)) + 900,
  }
  const data = [placed, { paymentId: `payment-${key}` }, { by: `packer-${at % 20}` }, { carrier: 'post', trackingId: `tracking-${key}` }]
  return { type: types[stage]!, key, data: data[stage]! }
}

const ARENAS = 50
const SEATS = 20_000
const held = z.object({ holdId: z.string(), customerId: z.string(), seats: z.array(z.string()) })
const arena = aggregate('arena', {
  commands: { HoldSeats: held.extend({ showId: z.string() }) },
  events: { SeatsHeld: held, SeatsSold: held },
  key: ({ showId }) => showId,
  initialState: () => 0,
  decide: { HoldSeats: ({ holdId, customerId, seats }) => [event('SeatsHeld', { holdId, customerId, seats })] },
  evolve: { SeatsHeld: (count) => count + 1, SeatsSold: (count) => count },
})
const seatMaps = projection('seat-maps', {
  from: [arena],
  document: z.object({ showId: z.string(), taken: z.record(z.string(), z.string()) }),
  on: {
    SeatsHeld: ({ holdId, seats }, { key, model }) =>
      holdId === `${key}-0`
        ? model.put(key, { showId: key, taken: statuses(seats, 'held') })
        : model.patch(key, { taken: statuses(seats, 'held') }),
    SeatsSold: ({ seats }, { key, model }) => model.patch(key, { taken: statuses(seats, 'sold') }),
  },
  queries: (query) => ({ seatMap: query(z.object({ showId: z.string() }), ({ showId }, model) => model.get(showId)) }),
})
const statuses = (seats: readonly string[], status: string): Record<string, string> =>
  Object.fromEntries(seats.map((seat) => [seat, status]))

/** Each arena sells its seats two by two, and begins anew when all are sold. */
function arenaEvent(count: number, keys: readonly string[]): PastEvent {
  const key = keys[count % keys.length]!
  const pairs = SEATS / 2
  const { stage, at: pair } = stageOf(Math.floor(count / keys.length), pairs, 2)
  const seats = [2 * pair, 2 * pair + 1].map((seat) => `S${seat % 20}-${Math.floor(seat / 400) + 1}-${(Math.floor(seat / 20) % 20) + 1}`)
  return { type: stage === 0 ? 'SeatsHeld' : 'SeatsSold', key, data: { holdId: `${key}-${pair}`, customerId: `customer-${pair}`, seats } }
}

export const workloads = {
  orders: {
    label: 'small documents: four events an order',
    app: app('orders', { aggregates: [order], projections: [orders] }),
    projection: 'orders',
    event: orderEvent,
    keys: (events) => names('order', Math.ceil(events / 4)),
  },
  arenas: {
    label: `${ARENAS} seat maps of ${SEATS.toLocaleString('en-US')} seats, two patched by an event`,
    app: app('arenas', { aggregates: [arena], projections: [seatMaps] }),
    projection: 'seat-maps',
    event: arenaEvent,
    keys: () => names('arena', ARENAS),
  },
} as const satisfies Record<string, Workload>

export type WorkloadName = keyof typeof workloads
