import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aggregate, command, event, ignore, projection, schedule } from '@millrace/core'
import { z } from 'zod'
import { hall, HOLD_MS, plan } from '../fixtures/seats.ts'
import { given } from './given.ts'
import { givenProjection, happened, happenedAt } from './given-projection.ts'

const hold = { hallId: 'h', seats: ['A-1'], by: 'ann' }
const held = event('Held', { seats: ['A-1'], by: 'ann', untilMs: 50 })

test('given a free seat, when it is held, then it is, and a timer is set', async () => {
  const when = given(hall).when(command('Hold', hold), { nowMs: 1_000 })
  await when.thenEvents(event('Held', { seats: ['A-1'], by: 'ann', untilMs: 1_000 + HOLD_MS }))
  await when.thenTimers(schedule(1_000 + HOLD_MS, command('Expire', hold)))
})

test('given a held seat, when another wants it, then it is refused', async () => {
  const when = given(hall, held).when(command('Hold', { ...hold, by: 'bob' }))
  await when.thenRejected('taken', { seat: 'A-1' })
  await when.thenRejected('taken')
})

test('given a sold seat, when its hold expires, then nothing', async () => {
  await given(hall, held, event('Sold', { seats: ['A-1'], by: 'ann' }))
    .when(command('Expire', hold))
    .thenNothing()
})

test('says what is wrong with a command that does not fit', async () => {
  await given(hall)
    .when(command('Hold', { ...hold, seats: [] }))
    .thenInvalid('seats')
  await assert.rejects(given(hall).when(command('Hold', hold)).thenInvalid('seats'), /fits its schema/)
})

test('fails with a readable difference', async () => {
  await assert.rejects(given(hall, held).when(command('Hold', hold)).thenEvents(held), /Hold was rejected: taken \{"seat":"A-1"\}/)
  await assert.rejects(given(hall).when(command('Hold', hold)).thenRejected('taken'), /Hold was accepted/)
  await assert.rejects(
    given(hall)
      .when(command('Hold', hold))
      .thenEvents(event('Held', { seats: ['A-1'], by: 'bob', untilMs: HOLD_MS })),
    /bob/,
  )
})

test('does not compile with names that are not there', () => {
  // @ts-expect-error no such event
  given(hall, event('Holden', { seats: ['A-1'], by: 'ann', untilMs: 1 }))
  // @ts-expect-error no such property
  given(hall, event('Sold', { seats: ['A-1'], buy: 'ann' }))
  // @ts-expect-error no such command
  given(hall).when(command('Keep', hold))
  // @ts-expect-error a seat is text
  given(hall).when(command('Hold', { ...hold, seats: [1] }))
  const when = given(hall).when(command('Hold', hold))
  // @ts-expect-error no such code
  void when.thenRejected('tooken').catch(() => {})
  // @ts-expect-error no such event
  void when.thenEvents(event('Keld', {})).catch(() => {})
})

const careless = (decide: (state: { n: number }) => number) =>
  aggregate('careless', {
    commands: { Count: z.object({ id: z.string() }) },
    events: { Counted: z.object({ n: z.number() }) },
    key: ({ id }) => id,
    initialState: () => ({ n: 0 }),
    decide: { Count: (_data, state) => [event('Counted', { n: decide(state) })] },
    evolve: { Counted: (state, { n }) => ({ n: state.n + n }) },
  })

test('notices a decide that changes its state', async () => {
  const when = given(careless((state) => ++state.n)).when(command('Count', { id: 'a' }))
  await assert.rejects(when.thenEvents(event('Counted', { n: 1 })), /changed the state it was given/)
})

test('notices a decide that is not a function of the log', async () => {
  let calls = 0
  const when = given(careless(() => ++calls)).when(command('Count', { id: 'a' }))
  await assert.rejects(when.thenEvents(event('Counted', { n: 1 })), /two answers/)
})

test('notices an event that does not fit its schema', async () => {
  const when = given(careless(() => NaN)).when(command('Count', { id: 'a' }))
  await assert.rejects(when.thenNothing(), /Counted does not fit its schema:\n {2}n:/)
})

test('given events, then a query answers', async () => {
  const history = [happened(hall, 'h', held, event('Sold', { seats: ['A-1'], by: 'ann' })), happenedAt(5, hall, 'other', held)]
  await givenProjection(plan, ...history).thenQuery('plan', { hallId: 'h' }, { taken: { 'A-1': 'sold' }, changes: 1 })
  await givenProjection(plan, ...history).thenQuery('halls', {}, 2)
  await givenProjection(plan, ...history).thenDocument('other', { taken: { 'A-1': 'held' }, changes: 1 })
  await givenProjection(plan).thenQuery('plan', { hallId: 'h' }, undefined)
  await assert.rejects(givenProjection(plan, ...history).thenQuery('halls', {}, 3))
  // @ts-expect-error no such query
  await assert.rejects(givenProjection(plan).thenQuery('plans', {}, 3), TypeError)
  // @ts-expect-error the answer is a number
  await assert.rejects(givenProjection(plan).thenQuery('halls', {}, '3'))
})

test('a projection with tables is told where to have them', async () => {
  const counted = projection('counted', {
    from: [hall],
    tables: ['create table counts (id text primary key)'],
    on: Object.fromEntries(Object.keys(hall.events).map((type) => [type, ignore])) as never,
    queries: (query) => ({
      counts: query(z.object({}), (_input, model) => model.rows(z.object({ id: z.string() }))`select id from counts`),
    }),
  })
  await assert.rejects(givenProjection(counted).thenQuery('counts', {}, []), {
    name: 'TypeError',
    message: /'counted' has tables: say where/,
  })
})
