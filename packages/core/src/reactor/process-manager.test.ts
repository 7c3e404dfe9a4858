import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock, given } from '@millrace/testing'
import { z } from 'zod'
import { aggregate, app, cancel, command, createMemoryLog, event, processManager, reject, schedule, send, start } from '../index.ts'
import { recordsOf } from '../shard/fixtures/logs.ts'

const id = z.string()

const order = aggregate('order', {
  commands: {
    Place: z.object({ orderId: id, item: id }),
    Confirm: z.object({ orderId: id }),
    Drop: z.object({ orderId: id, why: z.string() }),
  },
  events: { Placed: z.object({ item: id }), Confirmed: z.object({}), Dropped: z.object({ why: z.string() }) },
  internal: ['Confirm', 'Drop'],
  key: ({ orderId }) => orderId,
  initialState: () => 'none',
  decide: {
    Place: ({ item }) => [event('Placed', { item })],
    Confirm: () => [event('Confirmed', {})],
    Drop: ({ why }) => [event('Dropped', { why })],
  },
  evolve: { Placed: () => 'placed', Confirmed: () => 'confirmed', Dropped: () => 'dropped' },
})

const item = aggregate('item', {
  commands: {
    Fill: z.object({ itemId: id, by: z.number() }),
    Take: z.object({ itemId: id, orderId: id }),
    Return: z.object({ itemId: id }),
  },
  events: {
    Filled: z.object({ by: z.number() }),
    Taken: z.object({ orderId: id }),
    Missed: z.object({ orderId: id }),
    Returned: z.object({}),
  },
  rejections: { empty: 'There is none.' },
  internal: ['Take', 'Return'],
  key: ({ itemId }) => itemId,
  initialState: () => 0,
  decide: {
    Fill: ({ by }) => (by > 0 ? [event('Filled', { by })] : reject('empty')),
    // A process waits for an event, so there is one for that too.
    Take: ({ orderId }, left) => [left > 0 ? event('Taken', { orderId }) : event('Missed', { orderId })],
    Return: () => [event('Returned', {})],
  },
  evolve: { Filled: (left, { by }) => left + by, Taken: (left) => left - 1, Missed: (left) => left, Returned: (left) => left + 1 },
})

const fulfilment = processManager('fulfilment', {
  from: [order, item],
  to: [order, item],
  of: { Placed: (_data, { key }) => key, Taken: ({ orderId }) => orderId, Missed: ({ orderId }) => orderId },
  commands: { Expire: z.object({ process: id }) },
  events: { Begun: z.object({ item: id }), Ended: z.object({ how: z.enum(['taken', 'missed', 'late']) }) },
  initialState: () => ({ state: 'none', item: '' }),
  on: {
    Placed: ({ item }, _state, { key, source }) => [
      event('Begun', { item }),
      schedule(source.timeMs + 1_000, command('Expire', { process: key }), { name: 'expiry' }),
      send(command('Take', { itemId: item, orderId: key })),
    ],
    Taken: (_data, { state, item }, { key }) =>
      state === 'begun'
        ? [event('Ended', { how: 'taken' }), cancel('expiry'), send(command('Confirm', { orderId: key }))]
        : [send(command('Return', { itemId: item }))],
    Missed: (_data, { state }, { key }) =>
      state === 'begun'
        ? [event('Ended', { how: 'missed' }), cancel('expiry'), send(command('Drop', { orderId: key, why: 'missed' }))]
        : [],
  },
  decide: {
    Expire: ({ process }, { state }) =>
      state === 'begun' ? [event('Ended', { how: 'late' }), send(command('Drop', { orderId: process, why: 'late' }))] : [],
  },
  evolve: { Begun: (_state, { item }) => ({ state: 'begun', item }), Ended: (state) => ({ ...state, state: 'ended' }) },
})

const shop = app('shop', { aggregates: [order, item, fulfilment.aggregate], reactors: [fulfilment.reactor] })

test('is tested as an aggregate: it is told of an event, and says what it sends', async () => {
  const told = given(fulfilment.aggregate).when(
    command('fulfilment.on.Placed', { process: 'o1', key: 'o1', timeMs: 5, data: { item: 'cup' } }),
  )
  await told.thenEvents(
    event('Begun', { item: 'cup' }),
    event('fulfilment.Sent', { commands: [{ type: 'Take', data: { itemId: 'cup', orderId: 'o1' } }] }),
  )
  await told.thenTimers(schedule(1_005, command('Expire', { process: 'o1' }), { name: 'expiry' }))
  await given(fulfilment.aggregate, event('Begun', { item: 'cup' }), event('Ended', { how: 'late' }))
    .when(command('fulfilment.on.Taken', { process: 'o1', key: 'cup', timeMs: 2_000, data: { orderId: 'o1' } }))
    .thenEvents(event('fulfilment.Sent', { commands: [{ type: 'Return', data: { itemId: 'cup' } }] }))
})

test('carries each affair to its end, through other aggregates and back', async () => {
  await using log = createMemoryLog({ partitions: 3 })
  const clock = createVirtualClock()
  const running = await start(shop, {
    log: { ...log, [Symbol.asyncDispose]: async () => undefined },
    clock,
    onTrouble: (error) => assert.fail(error),
  })
  const told = async (sent: Promise<unknown>): Promise<void> => {
    await clock.advance(0)
    await sent
  }
  await told(running.send('Fill', { itemId: 'cup', by: 2 }))
  for (let n = 0; n < 5; n++) await told(running.send('Place', { orderId: `o${n}`, item: 'cup' }))
  for (let turn = 0; turn < 100; turn++) await clock.advance(1)
  const stopping = running.stop()
  await clock.advance(2_000)
  await stopping
  const events = (await recordsOf(log)).filter(({ kind }) => kind === 'event')
  const count = (type: string): number => events.filter((each) => each.type === type).length
  assert.deepEqual(
    {
      confirmed: count('Confirmed'),
      dropped: count('Dropped'),
      taken: count('Taken'),
      missed: count('Missed'),
      returned: count('Returned'),
    },
    { confirmed: 2, dropped: 3, taken: 2, missed: 3, returned: 0 },
  )
  assert.equal(events.filter(({ type, data }) => type === 'Ended' && data.includes('late')).length, 0)
})

test('a process that is told to nobody has no handler, and says so', () => {
  assert.throws(
    () =>
      processManager('broken', {
        from: [order],
        to: [],
        of: { Placed: (_data, { key }) => key },
        // @ts-expect-error nothing follows from 'Placed'
        on: {},
        events: {},
        initialState: () => 0,
        evolve: {},
      }),
    { name: 'TypeError', message: /on\.Placed: expected a function/ },
  )
})
