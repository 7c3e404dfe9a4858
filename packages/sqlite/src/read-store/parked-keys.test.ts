import { aggregate, app, createMemoryLog, event, projection, start, type Log, type Running } from '@millrace/core'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'
import { openSqliteReadStore } from './open-sqlite-read-store.ts'

const account = aggregate('account', {
  commands: { Post: z.object({ id: z.string(), amount: z.number() }) },
  events: { Posted: z.object({ amount: z.number() }) },
  key: ({ id }) => id,
  initialState: () => 0,
  decide: { Post: ({ amount }) => [event('Posted', { amount })] },
  evolve: { Posted: (sum, { amount }) => sum + amount },
})

const Post = z.object({ amount: z.number() })

/** Its table takes no amount below zero, until `isMended` has them counted up. */
const ledger = (isMended: boolean) =>
  projection('ledger', {
    from: [account],
    document: z.object({ count: z.number() }),
    tables: ['create table posts (id text not null, n integer not null, amount integer not null check (amount >= 0), primary key (id, n))'],
    on: {
      Posted: async ({ amount }, { key, model, sql }) => {
        const count = ((await model.get(key))?.count ?? 0) + 1
        model.put(key, { count })
        sql`insert into posts (id, n, amount) values (${key}, ${count}, ${isMended ? Math.abs(amount) : amount})`
      },
    },
    queries: (query) => ({
      posts: query(z.object({ id: z.string() }), async ({ id }, model) => ({
        amounts: (await model.rows(Post)`select amount from posts where id = ${id} order by n`).map(({ amount }) => amount),
        count: (await model.get(id))?.count ?? 0,
      })),
    }),
  })
const bank = (isMended: boolean) => app('bank', { aggregates: [account], projections: [ledger(isMended)] })
type Bank = Running<ReturnType<typeof bank>>

async function untilReady(running: Bank): Promise<void> {
  for (const endMs = performance.now() + 60_000; !running.status().ready;) {
    assert.ok(performance.now() < endMs, 'not ready within a minute')
    await sleep(5)
  }
}

test('a key whose statement the database refuses is parked, outlives a restart, and is retried when the handler is mended', async () => {
  await using directory = await temporaryDirectory()
  const memory = createMemoryLog({ partitions: 2 })
  const log = Object.assign(Object.create(memory) as Log, { [Symbol.asyncDispose]: () => Promise.resolve() })
  const open = async (isMended: boolean): Promise<Bank> =>
    start(bank(isMended), { log, store: await openSqliteReadStore(directory.path), onTrouble: () => undefined })
  const post = async (running: Bank, id: string, ...amounts: readonly number[]): Promise<string> =>
    (await Promise.all(amounts.map((amount) => running.send('Post', { id, amount })))).at(-1)!.position
  {
    await using running = await open(false)
    await post(running, 'a', 1)
    await untilReady(running)
    const [waits, goes] = await Promise.all([post(running, 'a', 2, -3, 4), post(running, 'b', 1, 2, 3)])
    assert.deepEqual(await running.query('posts', { id: 'b' }, { after: goes }), { amounts: [1, 2, 3], count: 3 })
    assert.deepEqual(await running.query('posts', { id: 'a' }, { after: waits }), { amounts: [1, 2], count: 2 })
    const [parked] = running.parked().events
    assert.deepEqual([parked?.key, parked?.waiting, running.status().ready], ['a', 2, true])
    assert.match(parked?.reason ?? '', /STATEMENT_REFUSED|CHECK constraint/)
    const { parked: count, differing } = await running.verify('ledger')
    assert.deepEqual([count, differing], [1, 0])
  }
  await using running = await open(true)
  await untilReady(running)
  const after = await post(running, 'a', 5)
  assert.deepEqual(await running.query('posts', { id: 'a' }, { after }), { amounts: [1, 2], count: 2 })
  assert.equal(running.parked().events[0]?.waiting, 3)
  const { position } = await running.retryParked({ reader: 'ledger' }, { by: 'ann', why: 'mended' })
  assert.deepEqual(await running.query('posts', { id: 'a' }, { after: position }), { amounts: [1, 2, 3, 4, 5], count: 5 })
  assert.deepEqual(running.parked().events, [])
})
