import { z } from 'zod'
import { aggregate } from './shard/aggregate.ts'
import { event, reject, schedule, command, cancel } from './shard/decision.ts'
import { projection, ignore } from './projection/projection.ts'

const show = aggregate('show', {
  commands: {
    HoldSeats: z.object({ showId: z.string(), seats: z.array(z.string()).min(1), customerId: z.string() }),
    ExpireHold: z.object({ showId: z.string(), seats: z.array(z.string()) }),
  },
  events: { SeatsHeld: z.object({ seats: z.array(z.string()), how: z.enum(['a', 'b']), customerId: z.string().optional(), untilMs: z.number() }), Freed: z.object({ seats: z.array(z.string()) }) },
  rejections: { 'seat-taken': 'x' },
  internal: ['ExpireHold'],
  key: (command) => command.showId,
  initialState: () => ({ taken: new Map<string, string>() }),
  decide: {
    HoldSeats: ({ seats, customerId, showId }, state, { nowMs }) =>
      state.taken.has(seats[0]!)
        ? reject('seat-taken', { seat: seats[0]! })
        : [event('SeatsHeld', { seats, how: 'a', customerId, untilMs: nowMs }), schedule(nowMs, command('ExpireHold', { showId, seats })), cancel('x')],
    ExpireHold: ({ seats }) => [event('Freed', { seats })],
  },
  evolve: { SeatsHeld: (state, { seats }) => { for (const s of seats) state.taken.set(s, 'x'); return state }, Freed: (s) => s },
})
export const bad = aggregate('bad', {
  commands: { A: z.object({ id: z.string() }) }, events: { B: z.object({ n: z.number() }) },
  key: (c) => c.id, initialState: () => 0,
  decide: {
    // @ts-expect-error misspelt event
    A: () => [event('Bx', { n: 1 })] },
  evolve: { B: (s, { n }) => s + n },
})
export const bad2 = aggregate('bad', {
  commands: { A: z.object({ id: z.string() }) }, events: { B: z.object({ n: z.number() }) },
  key: (c) => c.id, initialState: () => 0,
  decide: {
    // @ts-expect-error unknown rejection
    A: () => reject('nope') },
  evolve: { B: (s, { n }) => s + n },
})
export const seatMap = projection('seat-map', {
  from: [show],
  document: z.object({ showId: z.string(), taken: z.record(z.string(), z.enum(['held', 'sold'])) }),
  on: { SeatsHeld: ({ seats }, { key, model }) => { model.patch(key, { taken: Object.fromEntries(seats.map((s) => [s, 'held' as const])) }) }, Freed: ignore },
  queries: (query) => ({ seatMap: query(z.object({ showId: z.string() }), async ({ showId }, model) => (await model.get(showId))?.taken),
   all: query(z.object({}), (_i, model) => model.list()) }),
})
type R = NonNullable<Awaited<ReturnType<(typeof seatMap)['queries']['seatMap']['answer']>>>
export const r: R = { a: 'held' }
// @ts-expect-error wrong status
export const r2: R = { a: 'heldx' }
