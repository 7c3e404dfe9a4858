/** What the compiler must accept and refuse. Nothing here runs. */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import { z } from 'zod'
import {
  aggregate,
  app,
  cancel,
  command,
  event,
  ignore,
  processManager,
  projection,
  reactor,
  reject,
  schedule,
  send,
  type Receipt,
  type Running,
  type Schema,
} from './index.ts'

type Equal<One, Other> = (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false
const holds = <Claim extends true>(_claim?: Claim): void => {}

const show = aggregate('show', {
  commands: {
    HoldSeats: z.object({ showId: z.string(), seats: z.array(z.string()).min(1), customerId: z.string().default('nobody') }),
    ExpireHold: z.object({ showId: z.string(), seats: z.array(z.string()) }),
  },
  events: {
    SeatsHeld: z.object({
      seats: z.array(z.string()),
      how: z.enum(['together', 'split']),
      customerId: z.string().optional(),
      untilMs: z.number(),
    }),
    SeatsFreed: z.object({ seats: z.array(z.string()) }),
  },
  rejections: { 'seat-taken': 'Somebody else has it.', 'show-unknown': 'There is no such show.' },
  internal: ['ExpireHold'],
  key: (data) => data.showId,
  initialState: () => ({ taken: new Map<string, string>() }),
  decide: {
    HoldSeats: ({ seats, customerId, showId }, state, { nowMs }) => {
      holds<Equal<typeof customerId, string>>() // the schema's output: with its default
      holds<Equal<typeof state, { taken: Map<string, string> }>>()
      return seats.some((seat) => state.taken.has(seat))
        ? reject('seat-taken', { seats })
        : [
            event('SeatsHeld', { seats, how: 'together', customerId, untilMs: nowMs + 1 }),
            schedule(nowMs + 1, command('ExpireHold', { showId, seats }), { name: 'hold' }),
            cancel('another'),
          ]
    },
    ExpireHold: ({ seats }) => [event('SeatsFreed', { seats })],
  },
  evolve: {
    SeatsHeld: (state, { seats, how }) => {
      holds<Equal<typeof how, 'together' | 'split'>>()
      for (const seat of seats) state.taken.set(seat, how)
      return state
    },
    SeatsFreed: (state, { seats }) => {
      for (const seat of seats) state.taken.delete(seat)
      return state
    },
  },
})

const order = aggregate('order', {
  commands: { PlaceOrder: z.object({ orderId: z.string() }) },
  events: { OrderPlaced: z.object({ orderId: z.string() }) },
  rejections: { 'order-exists': 'It is there.' },
  key: ({ orderId }) => orderId,
  initialState: () => false,
  decide: { PlaceOrder: ({ orderId }, placed) => (placed ? reject('order-exists') : [event('OrderPlaced', { orderId })]) },
  evolve: { OrderPlaced: () => true },
})

// -- what an aggregate refuses

const small = {
  commands: { Add: z.object({ id: z.string() }) },
  events: { Added: z.object({ n: z.number() }) },
  key: (data: { id: string }) => data.id,
  initialState: () => 0,
}

aggregate('misspelt event', {
  ...small,
  // @ts-expect-error there is no event 'Addedd'
  decide: { Add: () => [event('Addedd', { n: 1 })] },
  evolve: { Added: (state, { n }) => state + n },
})
aggregate('wrong event data', {
  ...small,
  // @ts-expect-error n is a number
  decide: { Add: () => [event('Added', { n: '1' })] },
  evolve: { Added: (state, { n }) => state + n },
})
aggregate('missing event data', {
  ...small,
  // @ts-expect-error n is missing
  decide: { Add: () => [event('Added', {})] },
  evolve: { Added: (state, { n }) => state + n },
})
aggregate('missing decide handler', {
  ...small,
  // @ts-expect-error nothing decides 'Add'
  decide: {},
  evolve: { Added: (state, { n }) => state + n },
})
aggregate('missing evolve handler', {
  ...small,
  decide: { Add: () => [event('Added', { n: 1 })] },
  // @ts-expect-error nothing folds 'Added'
  evolve: {},
})
aggregate('misspelt command handler', {
  ...small,
  // @ts-expect-error there is no command 'Addd'
  decide: { Add: () => [], Addd: () => [] },
  evolve: { Added: (state, { n }) => state + n },
})
aggregate('unknown rejection', {
  ...small,
  // @ts-expect-error there is no code 'nope'
  decide: { Add: () => reject('nope') },
  evolve: { Added: (state, { n }) => state + n },
})
aggregate('code not declared', {
  ...small,
  rejections: { full: 'No more.' },
  // @ts-expect-error 'ful' is not 'full'
  decide: { Add: () => reject('ful') },
  evolve: { Added: (state, { n }) => state + n },
})
aggregate('timer of an unknown command', {
  ...small,
  // @ts-expect-error there is no command 'Subtract'
  decide: { Add: () => [schedule(1, command('Subtract', { id: 'x' }))] },
  evolve: { Added: (state, { n }) => state + n },
})
aggregate('unknown internal command', {
  ...small,
  // @ts-expect-error there is no command 'Subtract'
  internal: ['Subtract'],
  decide: { Add: () => [] },
  evolve: { Added: (state, { n }) => state + n },
})
aggregate('state of another type', {
  ...small,
  decide: { Add: () => [] },
  // @ts-expect-error the state is a number
  evolve: { Added: () => 'one' },
})
aggregate('date in an event', {
  ...small,
  // @ts-expect-error a Date does not come back from the log as it went in
  events: { Added: z.object({ at: z.date() }) },
  decide: { Add: () => [] },
  evolve: { Added: (state) => state },
})
aggregate('map in an event', {
  ...small,
  // @ts-expect-error neither does a Map
  events: { Added: z.object({ at: z.map(z.string(), z.string()) }) },
  decide: { Add: () => [] },
  evolve: { Added: (state) => state },
})

// -- projections

const seatMap = projection('seat-map', {
  from: [show],
  document: z.object({ showId: z.string(), taken: z.record(z.string(), z.enum(['held', 'sold'])) }),
  on: {
    SeatsHeld: ({ seats }, { key, model }) => {
      model.put(key, { showId: key, taken: {} })
      model.patch(key, { taken: Object.fromEntries(seats.map((seat) => [seat, 'held' as const])) })
      // @ts-expect-error 'lost' is no status
      model.patch(key, { taken: { a: 'lost' } })
      // @ts-expect-error the document has no such property
      model.patch(key, { tekan: {} })
      // @ts-expect-error the whole document is needed
      model.put(key, { showId: key })
    },
    SeatsFreed: ignore,
  },
  queries: (query) => ({
    seatMap: query(z.object({ showId: z.string(), depth: z.coerce.number().default(1) }), async ({ showId, depth }, model) => {
      holds<Equal<typeof depth, number>>()
      return (await model.get(showId))?.taken
    }),
    shows: query(z.object({}), (_input, model) => model.list({ limit: 10 })),
    count: query(z.object({}), () => 3),
  }),
})

projection('unhandled event', {
  from: [show],
  document: z.object({ n: z.number() }),
  // @ts-expect-error nothing handles SeatsFreed; `ignore` would say that it does not matter
  on: { SeatsHeld: ignore },
  queries: () => ({}),
})
projection('event of another aggregate', {
  from: [order],
  document: z.object({ n: z.number() }),
  // @ts-expect-error an order knows no seats
  on: { OrderPlaced: ignore, SeatsHeld: ignore },
  queries: () => ({}),
})
projection('date in a document', {
  from: [order],
  // @ts-expect-error a document is JSON
  document: z.object({ at: z.date() }),
  on: { OrderPlaced: ignore },
  queries: () => ({}),
})

projection('tables', {
  from: [order],
  tables: ['create table orders (id text primary key)'],
  on: {
    OrderPlaced: ({ orderId }, { sql, model }) => {
      sql`insert into orders (id) values (${orderId})`
      // @ts-expect-error an object is no value of SQL
      sql`insert into orders (id) values (${{ orderId }})`
      // @ts-expect-error text is no statement
      sql('delete from orders')
      // @ts-expect-error it keeps no documents
      model.put(orderId, { orderId })
    },
  },
  queries: (query) => ({
    orders: query(z.object({}), async (_input, model) => {
      const rows = await model.rows(z.object({ id: z.string() }))`select id from orders`
      holds<Equal<typeof rows, readonly { id: string }[]>>()
      return rows
    }),
  }),
})
projection('no tables', {
  from: [order],
  document: z.object({ n: z.number() }),
  on: {
    OrderPlaced: (_data, context) => {
      // @ts-expect-error it has no tables
      void context.sql
    },
  },
  queries: (query) => ({
    orders: query(z.object({}), (_input, model) => {
      // @ts-expect-error so it has no rows
      void model.rows
    }),
  }),
})

// -- reactors

reactor('confirm', {
  from: [show],
  to: [order],
  on: { SeatsHeld: ({ seats }, { key }) => [command('PlaceOrder', { orderId: `${key}/${seats.join()}` })] },
})
reactor('internal commands, and what a schema adds', {
  from: [order],
  to: [show, order],
  on: {
    OrderPlaced: async ({ orderId }, { idempotencyKey, signal }) => {
      await fetch(`/${idempotencyKey}`, { signal })
      return [command('ExpireHold', { showId: orderId, seats: [] }), command('HoldSeats', { showId: orderId, seats: ['A'] })]
    },
  },
  effect: { timeoutMs: 1_000, attempts: 3 },
  givenUp: { OrderPlaced: ({ orderId }, { attempts }) => (attempts > 1 ? [command('PlaceOrder', { orderId })] : []) },
})
reactor('misspelt event', {
  from: [show],
  to: [],
  // @ts-expect-error there is no event 'SeatsHald'
  on: { SeatsHald: () => [] },
})
reactor('misspelt command', {
  from: [show],
  to: [order],
  // @ts-expect-error there is no command 'PlaceOrdr'
  on: { SeatsHeld: () => [command('PlaceOrdr', { orderId: 'a' })] },
})
reactor('wrong command data', {
  from: [show],
  to: [order],
  // @ts-expect-error orderId is a string
  on: { SeatsHeld: () => [command('PlaceOrder', { orderId: 1 })] },
})
reactor('command of an aggregate it may not send to', {
  from: [show],
  to: [show],
  // @ts-expect-error PlaceOrder is order's
  on: { SeatsHeld: () => [command('PlaceOrder', { orderId: 'a' })] },
})
reactor('misspelt option', {
  from: [show],
  to: [],
  on: {},
  // @ts-expect-error there is no option 'retries'
  effect: { retries: 3 },
})

// -- process managers

const process = {
  from: [show],
  to: [order],
  of: { SeatsHeld: (_data: unknown, { key }: { readonly key: string }) => key },
  events: { Begun: z.object({ n: z.number() }) },
  initialState: () => 0,
  evolve: { Begun: (state: number, { n }: { readonly n: number }) => state + n },
} as const
const begun = processManager('begun', {
  ...process,
  on: {
    SeatsHeld: ({ seats, untilMs }, state, { key, source }) => {
      holds<Equal<typeof seats, string[]>>()
      holds<Equal<typeof state, number>>()
      return [event('Begun', { n: untilMs - source.timeMs }), send(command('PlaceOrder', { orderId: key }))]
    },
  },
})
holds<Equal<Parameters<(typeof begun.aggregate)['key']>, [never]>>()
processManager('sends what it may not', {
  ...process,
  // @ts-expect-error HoldSeats is no command of order
  on: { SeatsHeld: () => [send(command('HoldSeats', { showId: 'a', seats: [] }))] },
})
processManager('decides what is no event of it', {
  ...process,
  // @ts-expect-error there is no event 'Began'
  on: { SeatsHeld: () => [event('Began', { n: 1 })] },
})

// -- the app, and what runs it

const tickets = app('tickets', { aggregates: [show, order], projections: [seatMap] })
declare const running: Running<typeof tickets>

export async function uses(): Promise<void> {
  const receipt = await running.send('HoldSeats', { showId: 'a', seats: ['A-1-1'] }) // customerId has a default
  if (receipt.outcome === 'rejected') {
    holds<Equal<typeof receipt.code, 'seat-taken' | 'show-unknown' | 'order-exists'>>()
    // @ts-expect-error no command is ever rejected so
    if (receipt.code === 'seat-take') return
  }
  if (receipt.outcome === 'accepted') {
    for (const happened of receipt.events) {
      if (happened.type === 'SeatsHeld') holds<Equal<typeof happened.data.untilMs, number>>()
      // @ts-expect-error there is no such event
      if (happened.type === 'SeatsHold') return
    }
  }
  // @ts-expect-error only an accepted command has a use for its events' types; `code` is not on it
  if (receipt.outcome === 'accepted') void receipt.code
  await running.send('ExpireHold', { showId: 'a', seats: [] }, { internal: true })
  // @ts-expect-error misspelt command
  await running.send('HoldSeat', { showId: 'a', seats: ['A-1-1'] })
  // @ts-expect-error missing seats
  await running.send('HoldSeats', { showId: 'a' })
  // @ts-expect-error seats of another type
  await running.send('HoldSeats', { showId: 'a', seats: 'A-1-1' })

  const map = await running.query('seatMap', { showId: 'a' }, { after: receipt })
  holds<Equal<typeof map, Record<string, 'held' | 'sold'> | undefined>>()
  const count = await running.query('count', {})
  holds<Equal<typeof count, number>>()
  const shows = await running.query('shows', {})
  holds<Equal<(typeof shows)[number]['taken'], Record<string, 'held' | 'sold'>>>()
  // @ts-expect-error misspelt query
  await running.query('seatMaps', { showId: 'a' })
  // @ts-expect-error missing input
  await running.query('seatMap', {})
  for await (const seen of running.watch('seatMap', { showId: 'a' })) holds<Equal<typeof seen, typeof map>>()

  const untyped: Receipt = receipt // adapters take any app's
  void untyped
}

const silent = app('silent', { aggregates: [order] })
declare const silence: Running<typeof silent>
// @ts-expect-error it has no queries at all
void silence.query('anything', {})

// -- any Standard Schema is a schema, whoever made it

declare const standard: StandardSchemaV1<{ readonly from: string }, { readonly to: number }>
export const taken: Schema<{ readonly from: string }, { readonly to: number }> = standard
