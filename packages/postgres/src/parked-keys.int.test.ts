import { aggregate, app, createMemoryLog, event, projection, start, type Log, type Running } from '@millrace/core'
import { postgresForTests } from '@millrace/testing/postgres'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { until } from './fixtures/stores.ts'
import { openPostgresReadStore } from './index.ts'

const { skip, openDatabase } = await postgresForTests()

const account = aggregate('account', {
  commands: { Post: z.object({ id: z.string(), amount: z.number() }) },
  events: { Posted: z.object({ amount: z.number() }) },
  key: ({ id }) => id,
  initialState: () => 0,
  decide: { Post: ({ amount }) => [event('Posted', { amount })] },
  evolve: { Posted: (sum, { amount }) => sum + amount },
})
const Post = z.object({ amount: z.number() })

/** Its table takes no amount below zero, and its handler none of 13, until `isMended` has them counted. */
const ledger = (isMended: () => boolean) =>
  projection('ledger', {
    from: [account],
    document: z.object({ count: z.number() }),
    tables: ['create table posts (id text not null, n integer not null, amount integer not null check (amount >= 0), primary key (id, n))'],
    on: {
      Posted: async ({ amount }, { key, model, sql }) => {
        const count = ((await model.get(key))?.count ?? 0) + 1
        model.put(key, { count })
        sql`insert into posts (id, n, amount) values (${key}, ${count}, ${isMended() ? Math.abs(amount) : amount})`
        if (amount === 13 && !isMended()) throw new Error('not that one')
      },
    },
    queries: (query) => ({
      posts: query(z.object({ id: z.string() }), async ({ id }, model) => ({
        amounts: (await model.rows(Post)`select amount from posts where id = ${id} order by n`).map(({ amount }) => amount),
        count: (await model.get(id))?.count ?? 0,
      })),
    }),
  })
const bank = (isMended: () => boolean) => app('bank', { aggregates: [account], projections: [ledger(isMended)] })
type Bank = Running<ReturnType<typeof bank>>

test(
  'keys are parked in a shared database: every instance knows of them, a new owner finds them, and they are retried',
  { skip },
  async () => {
    await using database = await openDatabase()
    const memory = createMemoryLog({ partitions: 2 })
    const log = Object.assign(Object.create(memory) as Log, { [Symbol.asyncDispose]: () => Promise.resolve() })
    let isMended = false
    const open = async (): Promise<Bank> =>
      start(
        bank(() => isMended),
        { log, store: await openPostgresReadStore(database.url), onTrouble: () => undefined },
      )
    const post = async (running: Bank, id: string, ...amounts: readonly number[]): Promise<string> =>
      (await Promise.all(amounts.map((amount) => running.send('Post', { id, amount })))).at(-1)!.position
    const waiting = (running: Bank): readonly unknown[] =>
      running
        .parked()
        .events.map(({ key, waiting }) => [key, waiting])
        .sort()

    await using one = await open()
    await post(one, 'a', 1)
    await until('it is live', () => one.status().ready)
    const sent = await Promise.all([post(one, 'a', 2, -3, 4), post(one, 'b', 1, 2, 3), post(one, 'c', 1, 13, 2)])
    assert.deepEqual(await one.query('posts', { id: 'b' }, { after: sent[1] }), { amounts: [1, 2, 3], count: 3 })
    assert.deepEqual(await one.query('posts', { id: 'a' }, { after: sent[0] }), { amounts: [1, 2], count: 2 })
    assert.deepEqual(await one.query('posts', { id: 'c' }, { after: sent[2] }), { amounts: [1], count: 1 })
    assert.deepEqual(waiting(one), [
      ['a', 2],
      ['c', 2],
    ])

    await using other = await open()
    await until('it owns all shards', () => other.status().shards.length === 2 && other.status().ready)
    const after = await post(other, 'a', 5)
    for (const each of [one, other]) {
      assert.deepEqual(await each.query('posts', { id: 'a' }, { after }), { amounts: [1, 2], count: 2 })
      assert.deepEqual(waiting(each), [
        ['a', 3],
        ['c', 2],
      ])
    }
    const verified = await other.verify('ledger')
    assert.deepEqual([verified.parked, verified.differing], [2, 0])

    isMended = true
    const { keys, position } = await one.retryParked({ reader: 'ledger' }, { by: 'ann', why: 'mended' })
    assert.equal(keys, 2)
    for (const each of [one, other]) {
      assert.deepEqual(await each.query('posts', { id: 'a' }, { after: position }), { amounts: [1, 2, 3, 4, 5], count: 5 })
      assert.deepEqual(await each.query('posts', { id: 'c' }, { after: position }), { amounts: [1, 13, 2], count: 3 })
      assert.deepEqual(waiting(each), [])
    }
  },
)
