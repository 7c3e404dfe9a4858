import assert from 'node:assert/strict'
import { fragment as sql, type ReadModel, type ReadStore, type Row, type Statement } from '@millrace/core'
import type { ContractCase } from './contract.ts'
import { awkwardTexts, rejectsWith } from './fixtures.ts'

const orders = 'create table orders (id text primary key, n integer not null, status text)'
const byStatus = 'create index orders_by_status on orders (status, n)'

const commit = (model: ReadModel, ...statements: readonly Statement[]): Promise<void> =>
  model.commit(new Map(), new Map([[0, (model.checkpoint.get(0) ?? 0) + 1]]), statements)

async function rows(model: ReadModel, statement: Statement): Promise<readonly Row[]> {
  assert.ok(model.rows, 'a model with tables has rows')
  return (await model.rows(statement)).map((row) => ({ ...row }))
}

const all = (model: ReadModel): Promise<readonly Row[]> => rows(model, sql`select id, n from orders order by id`)

/** What every store with `hasTables` must do besides. The SQL is what SQLite and PostgreSQL have in common. */
export const tablesContract: readonly ContractCase<ReadStore>[] = [
  {
    name: 'makes the tables of a model, and tells them with their keys',
    async run(open) {
      await using store = await open()
      assert.equal(store.hasTables, true)
      const lines = 'create table lines (item text not null, order_id text not null, n integer, primary key (order_id, item))'
      const model = await store.open('orders', '1', [`${orders}; ${byStatus}`, lines])
      assert.deepEqual(model.tables, [
        { name: 'lines', key: ['order_id', 'item'] },
        { name: 'orders', key: ['id'] },
      ])
      assert.deepEqual(await all(model), [])
      const plain = await store.open('documents', '1')
      assert.equal(plain.tables, undefined)
      assert.equal(plain.rows, undefined)
    },
  },
  {
    name: 'commits statements in their order, with documents and checkpoint',
    async run(open) {
      await using store = await open()
      const model = await store.open('orders', '1', [orders])
      const id = 'o-1'
      const statements = [
        sql`insert into orders (id, n) values (${id}, ${1})`,
        sql`update orders set n = n * 10 where id = ${id}`,
        sql`update orders set n = n + 1 where id = ${id}`,
        sql`insert into orders (id, n) values (${id}, ${0}) on conflict (id) do update set n = orders.n + 100`,
        sql`insert into orders (id, n) values (${'gone'}, ${1})`,
        sql`delete from orders where id = ${'gone'}`,
      ]
      await model.commit(new Map([['a', { kind: 'put', document: { n: 1 } }]]), new Map([[0, 5]]), statements)
      assert.deepEqual(await all(model), [{ id, n: 111 }])
      assert.deepEqual(await model.get('a'), { n: 1 })
      assert.deepEqual(new Map(model.checkpoint), new Map([[0, 5]]))
    },
  },
  {
    name: 'stores nothing of a commit whose statement is refused, says which, and goes on',
    async run(open) {
      await using store = await open()
      const model = await store.open('orders', '1', [orders])
      await commit(model, sql`insert into orders (id, n) values (${'a'}, ${1})`)
      const insert = sql`insert into orders (id, n) values (${'b'}, ${2})`
      const refused = [
        sql`insert into orders (id, n) values (${'a'}, ${3})`,
        sql`insert into orders (id, n) values (${'c'}, ${null})`,
        sql`insert into nowhere (id) values (${'c'})`,
        sql`insrt into orders (id) values (${'c'})`,
        sql`insert into orders (id, n) values (${'c'}, ${1}); insert into orders (id, n) values (${'d'}, ${1})`,
      ]
      for (const statement of refused) {
        const committing = model.commit(new Map([['a', { kind: 'put', document: {} }]]), new Map([[0, 9]]), [insert, statement, insert])
        await assert.rejects(committing, (error: { readonly code?: string; readonly at?: Readonly<Record<string, unknown>> }) => {
          assert.equal(error.code, 'STATEMENT_REFUSED')
          assert.equal(error.at?.['statement'], 1, statement.texts[0])
          return true
        })
        assert.deepEqual(await all(model), [{ id: 'a', n: 1 }])
        assert.equal(await model.get('a'), undefined)
        assert.deepEqual(new Map(model.checkpoint), new Map([[0, 1]]))
      }
      await commit(model, insert)
      assert.equal((await all(model)).length, 2)
    },
  },
  {
    name: 'lets no statement end the transaction that it is in',
    async run(open) {
      await using store = await open()
      const model = await store.open('orders', '1', [orders])
      const insert = sql`insert into orders (id, n) values (${'a'}, ${1})`
      for (const end of [sql`commit`, sql`COMMIT;`, sql`rollback`, sql` end`, sql`begin`, sql`savepoint mine`, sql`/* now */ commit`]) {
        await rejectsWith(commit(model, insert, end), 'STATEMENT_REFUSED')
        assert.deepEqual(await all(model), [])
      }
      await rejectsWith(store.open('other', '1', [orders, 'commit; create table more (id text primary key)']), 'STATEMENT_REFUSED')
      assert.deepEqual((await store.open('other', '1', [orders])).tables, [{ name: 'orders', key: ['id'] }])
    },
  },
  {
    name: 'gives values back as they are told, whatever they are',
    async run(open) {
      await using store = await open()
      const model = await store.open('values', '1', [
        'create table facts (id integer primary key, t text, i bigint, f double precision, b boolean, x bytea)',
      ])
      const bytes = new Uint8Array([0, 255, 1])
      const facts = [
        { id: 1, t: 'text', i: 0, f: 0.5, b: true, x: bytes },
        { id: 2, t: '', i: Number.MAX_SAFE_INTEGER, f: -1e300, b: false, x: new Uint8Array() },
        { id: 3, t: null, i: null, f: null, b: null, x: null },
        { id: 4, t: "'; drop table facts; --", i: 2n ** 63n - 1n, f: 3, b: true, x: null },
        { id: 5, t: '?', i: -(2n ** 63n), f: -0.25, b: false, x: bytes },
        ...awkwardTexts
          .filter((text) => text.isWellFormed() && !text.includes('\0'))
          .map((t, at) => ({ id: 100 + at, t, i: -1 - at, f: at, b: null, x: null })),
      ]
      await commit(
        model,
        ...facts.map(({ id, t, i, f, b, x }) => sql`insert into facts (id, t, i, f, b, x) values (${id}, ${t}, ${i}, ${f}, ${b}, ${x})`),
      )
      const stored = await rows(model, sql`select id, t, i, f, b, x from facts order by id`)
      assert.deepEqual(
        stored.map((row) => ({ ...row, x: row['x'] instanceof Uint8Array ? new Uint8Array(row['x']) : row['x'] })),
        facts,
      )
      for (const { id, t, i, f, b } of facts.filter((fact) => fact.t !== null && fact.b !== null))
        assert.deepEqual(await rows(model, sql`select id from facts where t = ${t} and i = ${i} and f = ${f} and b = ${b}`), [{ id }])
    },
  },
  {
    name: 'runs each migration once, and only those that are new when it is opened again',
    async run(open) {
      await using store = await open()
      const first = await store.open('orders', '1', [orders])
      await commit(first, sql`insert into orders (id, n) values (${'a'}, ${1})`)
      const next = await store.open('orders', '1', [orders, 'alter table orders add column city text', byStatus])
      assert.deepEqual(await rows(next, sql`select id, n, city from orders`), [{ id: 'a', n: 1, city: null }])
      assert.deepEqual(new Map(next.checkpoint), new Map([[0, 1]]))
      // Code of before, in a rolling deployment.
      const older = await store.open('orders', '1', [orders])
      await commit(older, sql`insert into orders (id, n) values (${'b'}, ${2})`)
      assert.equal((await all(older)).length, 2)
      await store.open('orders', '1', [orders, 'alter table orders add column city text', byStatus])
    },
  },
  {
    name: 'refuses migrations that were changed after they ran, and touches nothing',
    async run(open) {
      await using store = await open()
      await commit(await store.open('orders', '1', [orders, byStatus]), sql`insert into orders (id, n) values (${'a'}, ${1})`)
      for (const changed of [
        [`${orders} `, byStatus],
        [byStatus, orders],
        [orders, 'create table more (id text primary key)'],
      ])
        await rejectsWith(store.open('orders', '1', changed), 'MIGRATIONS_CHANGED')
      const model = await store.open('orders', '1', [orders, byStatus])
      assert.deepEqual([await all(model), model.tables], [[{ id: 'a', n: 1 }], [{ name: 'orders', key: ['id'] }]])
    },
  },
  {
    name: 'makes nothing of migrations of which one is refused, and says which',
    async run(open) {
      await using store = await open()
      await assert.rejects(store.open('orders', '1', [orders, 'create tabel lines (id text)']), {
        code: 'STATEMENT_REFUSED',
        message: /migration 2/,
      })
      const model = await store.open('orders', '1', ['create table orders (id text primary key, n integer, other text)'])
      assert.deepEqual(await rows(model, sql`select other from orders`), [])
    },
  },
  {
    name: 'keeps the tables of models and versions apart, under the same names',
    async run(open) {
      await using store = await open()
      const [one, two] = [await store.open('orders', '1', [orders]), await store.open('orders', '2', [orders, byStatus])]
      const other = await store.open('returns', '1', [orders, byStatus])
      for (const [n, model] of [one, two, other].entries()) await commit(model, sql`insert into orders (id, n) values (${'a'}, ${n})`)
      for (const [n, model] of [one, two, other].entries()) assert.deepEqual(await all(model), [{ id: 'a', n }])
      await store.remove('orders', '1')
      await rejectsWith(commit(one, sql`insert into orders (id, n) values (${'b'}, ${1})`), 'STORE_FENCED')
      const anew = await store.open('orders', '1', [`${orders};`])
      assert.deepEqual([await all(anew), anew.checkpoint.size], [[], 0])
      assert.deepEqual(await all(two), [{ id: 'a', n: 1 }])
      assert.deepEqual(await all(other), [{ id: 'a', n: 2 }])
    },
  },
  {
    name: 'stores no statement of an owner that is fenced',
    async run(open) {
      await using store = await open()
      const former = await store.open('orders', '1', [orders])
      const next = await store.open('orders', '1', [orders])
      await rejectsWith(commit(former, sql`insert into orders (id, n) values (${'a'}, ${1})`), 'STORE_FENCED')
      assert.deepEqual(await all(next), [])
      await commit(next, sql`insert into orders (id, n) values (${'b'}, ${2})`)
      assert.deepEqual(await all(next), [{ id: 'b', n: 2 }])
    },
  },
  {
    name: 'only reads where rows are asked for, one statement at a time',
    async run(open) {
      await using store = await open()
      const model = await store.open('orders', '1', [orders])
      await commit(model, sql`insert into orders (id, n) values (${'a'}, ${1})`)
      const refused = [
        sql`insert into orders (id, n) values (${'b'}, ${2}) returning id`,
        sql`update orders set n = ${2}`,
        sql`delete from orders`,
        sql`drop table orders`,
        sql`create table more (id text primary key)`,
        sql`select 1 as n; delete from orders`,
        sql`select nothing from orders`,
        sql`commit`,
      ]
      for (const statement of refused) {
        await rejectsWith(
          Promise.resolve().then(() => rows(model, statement)),
          'STATEMENT_REFUSED',
        )
        assert.deepEqual(await all(model), [{ id: 'a', n: 1 }])
      }
      await commit(model, sql`insert into orders (id, n) values (${'b'}, ${2})`)
      assert.deepEqual(await rows(model, sql`select count(*) as n from orders`), [{ n: 2 }])
    },
  },
  {
    name: 'shows rows as of the last commit that was answered',
    async run(open) {
      await using store = await open()
      const model = await store.open('orders', '1', [orders])
      for (let count = 1; count <= 10; count++) {
        const ids = Array.from({ length: 100 }, (_, at) => `o-${String(at).padStart(3, '0')}`)
        const stored: true[] = []
        const committing = commit(
          model,
          ...ids.map((id) => sql`insert into orders (id, n) values (${id}, ${count}) on conflict (id) do update set n = ${count}`),
        ).then(() => stored.push(true))
        while (stored.length === 0) {
          const found = await rows(model, sql`select min(n) as low, max(n) as high from orders`)
          assert.equal(found[0]?.['low'], found[0]?.['high'])
          await new Promise((resolve) => setTimeout(resolve, 0)) // rows may have come without a turn of the event loop
        }
        await committing
        assert.deepEqual(await rows(model, sql`select count(*) as c, min(n) as low from orders`), [{ c: 100, low: count }])
      }
    },
  },
]

/** For stores that keep what they hold, as `durableReadStoreContract`. */
export const durableTablesContract: readonly ContractCase<ReadStore>[] = [
  {
    name: 'has rows and migrations after it was closed and opened again',
    async run(open) {
      {
        await using store = await open()
        await commit(await store.open('orders', '1', [orders]), sql`insert into orders (id, n) values (${'a'}, ${1})`)
      }
      {
        await using store = await open()
        await rejectsWith(store.open('orders', '1', [byStatus]), 'MIGRATIONS_CHANGED')
        const model = await store.open('orders', '1', [orders, byStatus])
        assert.deepEqual(await all(model), [{ id: 'a', n: 1 }])
        assert.deepEqual(new Map(model.checkpoint), new Map([[0, 1]]))
        await store.remove('orders', '1')
      }
      await using store = await open()
      assert.deepEqual(await all(await store.open('orders', '1', [orders])), [])
    },
  },
]
