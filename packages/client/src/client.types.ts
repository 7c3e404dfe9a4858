/** What the client knows of an app, checked by the compiler alone. */
import { aggregate, app, event, projection, reject } from '@millrace/core'
import { z } from 'zod'
import { createClient } from './client.ts'

const counter = aggregate('counter', {
  commands: { Add: z.object({ id: z.string(), by: z.number() }) },
  events: { Added: z.object({ by: z.number() }) },
  rejections: { negative: 'The counter would fall below zero.' },
  key: ({ id }) => id,
  initialState: () => 0,
  decide: { Add: ({ by }, total) => (total + by < 0 ? reject('negative', {}) : [event('Added', { by })]) },
  evolve: { Added: (total, { by }) => total + by },
})
const totals = projection('totals', {
  from: [counter],
  document: z.object({ total: z.number() }),
  on: { Added: ({ by }, { key, model }) => model.put(key, { total: by }) },
  queries: (query) => ({ total: query(z.object({ id: z.string() }), ({ id }, model) => model.get(id)) }),
})
const counters = app('counters', { aggregates: [counter], projections: [totals] })

const client = createClient<typeof counters>()

export async function sends(): Promise<void> {
  const receipt = await client.send('Add', { id: 'a', by: 1 })
  if (receipt.outcome === 'accepted') {
    const [first] = receipt.events
    if (first !== undefined) {
      first.type satisfies 'Added'
      first.data.by satisfies number
      // @ts-expect-error: no such field
      void first.data.of
    }
  }
  if (receipt.outcome === 'rejected') {
    receipt.code satisfies 'negative'
    // @ts-expect-error: no such code
    receipt.code satisfies 'positive'
  }
  // @ts-expect-error: a code comes with a rejection only
  void receipt.code
  // @ts-expect-error: no such command
  await client.send('Subtract', { id: 'a', by: 1 })
  // @ts-expect-error: `by` is a number
  await client.send('Add', { id: 'a', by: '1' })
  // @ts-expect-error: `id` is missing
  await client.send('Add', { by: 1 })
  // @ts-expect-error: an id is a text
  await client.send('Add', { id: 'a', by: 1 }, { commandId: 1 })
}

export async function asks(): Promise<void> {
  const found = await client.query('total', { id: 'a' })
  found?.total satisfies number | undefined
  // @ts-expect-error: there may be none
  void found.total
  // @ts-expect-error: no such query
  await client.query('totals', { id: 'a' })
  // @ts-expect-error: `id` is a text
  await client.query('total', { id: 1 })
  const outcome = await client.outcome('k1')
  outcome?.outcome satisfies 'accepted' | 'rejected' | 'failed' | undefined
}

export const watches = (): (() => void) =>
  client.watch(
    'total',
    { id: 'a' },
    {
      onData: (data, { position, patch }) => {
        data?.total satisfies number | undefined
        position satisfies string
        patch satisfies unknown
        // @ts-expect-error: no such field
        void data?.sum
      },
      onState: (state) => state satisfies 'connecting' | 'live' | 'lost',
      onError: ({ code, status, issues, detail }) => [code, status, issues, detail],
    },
  )
