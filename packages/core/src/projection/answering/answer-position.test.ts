import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { aggregate, app, createMemoryLog, event, projection, start, systemClock, type Answer } from '../../index.ts'

const pause = (ms: number): Promise<void> => new Promise((resolve) => void systemClock.after(ms, resolve))
const counter = aggregate('counter', {
  commands: { Add: z.object({ id: z.string() }) },
  events: { Added: z.object({}) },
  key: ({ id }) => id,
  initialState: () => 0,
  decide: { Add: () => [event('Added', {})] },
  evolve: { Added: (count) => count + 1 },
})
const counts = projection('counts', {
  from: [counter],
  document: z.object({ count: z.number() }),
  on: { Added: async (_data, { key, model }) => model.put(key, { count: ((await model.get(key))?.count ?? 0) + 1 }) },
  queries: (query) => ({
    count: query(z.object({ id: z.string() }), async ({ id }, model) => (await model.get(id))?.count ?? 0),
    slowCount: query(z.object({ id: z.string() }), async ({ id }, model) => {
      const found = await model.get(id)
      await pause(3)
      return found?.count ?? 0
    }),
  }),
})
const counters = app('counters', { aggregates: [counter], projections: [counts] })

/** In one partition, after one marker, with one event for each command: so many the answer must have counted. */
const leastOf = ({ position }: Answer): number => Number(position.split('-')[1]) - 1

for (const name of ['count', 'slowCount']) {
  test(`an answer is never older than the position it names, nor than the one that was asked for: ${name}`, async () => {
    await using running = await start(counters, { log: createMemoryLog({ partitions: 1 }) })
    const asked: Promise<void>[] = []
    for (let sent = 1; sent <= 500; sent++) {
      const receipt = await running.send('Add', { id: 'a' })
      for (const after of [undefined, receipt.position]) {
        asked.push(
          running.answer(name, { id: 'a' }, { after }).then((answer) => {
            const counted = Number(answer.json)
            assert.ok(counted >= leastOf(answer), `${answer.json} at ${answer.position}`)
            if (after !== undefined) assert.ok(counted >= sent, `${answer.json} after ${sent}`)
          }),
        )
      }
    }
    await Promise.all(asked)
  })
}

test('a live query that is taken up again does not go back, though its answer has stood for long', async () => {
  await using running = await start(counters, { log: createMemoryLog({ partitions: 1 }) })
  await running.send('Add', { id: 'a' })
  {
    using first = await running.live('count', { id: 'a' }, { onReady: () => undefined })
    assert.equal(first.next()?.kind, 'snapshot')
    let last = await running.send('Add', { id: 'b' })
    for (let more = 0; more < 5; more++) last = await running.send('Add', { id: 'b' })
    const resume = last.position
    await running.query('count', { id: 'b' }, { after: last })
    using again = await running.live('count', { id: 'a' }, { onReady: () => undefined, resume })
    const change = again.next()
    const offsetOf = (position: string): number => Number(position.split('-')[1])
    if (change !== undefined) assert.ok(offsetOf(change.position) >= offsetOf(resume), `${change.position} after ${resume}`)
  }
})
