import { postgresForTests } from '@millrace/testing/postgres'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from 'pg'
import { commit, openModel, patch, put, until } from './fixtures/stores.ts'
import { openPostgresReadStore } from './index.ts'

const { skip, openDatabase } = await postgresForTests()
const empty = "'{}','{}'"

test(
  'an owner that is stalled in the middle of its transaction holds up others for a while only, and writes nothing',
  { skip },
  async () => {
    await using database = await openDatabase()
    await using store = await openPostgresReadStore(database.url, { stalledTransactionMs: 3_000 })
    const model = await openModel(store)
    const former = await model.claim(0, 1)
    await commit(former, { a: put({ by: 'former' }) })
    // What the former owner sends, held open before its commit: as with a process that is stopped there.
    const stalled = new Client({ connectionString: database.url, idle_in_transaction_session_timeout: 3_000 })
    stalled.on('error', () => undefined)
    await stalled.connect()
    const stall = async (): Promise<number> => {
      await stalled.query('BEGIN')
      const { rows } = await stalled.query<{ readonly status: number }>(
        `SELECT status FROM millrace.commit_1_f1(0, 1, 1, 2, ${empty}, ARRAY['\\x61'::bytea], ARRAY['{"by":"zombie"}'], '{}','{}','{}', '{}', ${empty}, 'x', ARRAY['0/0 '])`,
      )
      return rows[0]?.status ?? -1
    }
    assert.equal(await stall(), 0, 'it would be stored')
    const begunMs = performance.now()
    const owner = await model.claim(0, 2)
    assert.ok(performance.now() - begunMs < 60_000)
    assert.equal(owner.next, 1)
    await assert.rejects(stalled.query('COMMIT'))
    assert.equal(await commit(owner, { a: patch({ then: 'owner' }) }), true)
    await assert.rejects(commit(former, { a: put({ by: 'zombie' }) }), { code: 'STORE_FENCED' })
    assert.deepEqual(await model.get('a'), { by: 'former', then: 'owner' })
  },
)

test('a commit that arrives late, after its owner has claimed again and gone on, is refused', { skip }, async () => {
  await using database = await openDatabase()
  await using store = await openPostgresReadStore(database.url)
  const model = await openModel(store)
  const late = await model.claim(0, 1)
  const again = await model.claim(0, 1)
  await commit(again, { a: put({ n: 1 }) })
  await commit(again, { a: put({ n: 2 }) })
  await assert.rejects(commit(late, { a: put({ n: 1 }) }), { code: 'STORE_UNAVAILABLE' })
  assert.deepEqual(await model.get('a'), { n: 2 })
  assert.equal((await model.claim(0, 1)).next, 2)
})

test('instances that start at once create everything once', { skip }, async () => {
  await using database = await openDatabase()
  await using stack = new AsyncDisposableStack()
  const stores = await Promise.all(
    Array.from({ length: 6 }, async () => stack.use(await openPostgresReadStore(database.url, { maxConnections: 3 }))),
  )
  const models = await Promise.all(stores.map(openModel))
  const folds = await Promise.all(models.map((model, partition) => model.claim(partition, 1)))
  await Promise.all(folds.map((fold, at) => commit(fold, { [`of ${at}`]: put({ at }) })))
  for (const model of models) {
    await until('all know of all', () => model.checkpoint.size === 6)
    assert.equal((await model.list({ prefix: '', after: '', limit: 100 })).length, 6)
  }
  const tables = await database.query("SELECT 1 FROM pg_tables WHERE schemaname = 'millrace' AND tablename LIKE 'documents%'")
  assert.equal(tables.length, 1)
})

test('apps in schemas of their own know nothing of each other', { skip }, async () => {
  await using database = await openDatabase()
  await using one = await openPostgresReadStore(database.url)
  await using other = await openPostgresReadStore(database.url, { schema: 'other' })
  const [mine, theirs] = [await openModel(one), await openModel(other)]
  await commit(await mine.claim(0, 1), { a: put({}) })
  assert.equal(await theirs.get('a'), undefined)
  assert.equal((await theirs.claim(0, 1)).next, 0)
  assert.equal(theirs.checkpoint.size, 0)
})

test('a model that is removed leaves no table, and who has it open is told so', { skip }, async () => {
  await using database = await openDatabase()
  await using store = await openPostgresReadStore(database.url)
  const model = await openModel(store)
  const fold = await model.claim(0, 1)
  await commit(fold, { a: put({}) })
  await store.remove('seats', '1')
  await assert.rejects(commit(fold, { a: put({}) }), { code: 'STORE_FENCED' })
  await assert.rejects(async () => model.get('never read'), { code: 'STORE_FENCED' })
  await assert.rejects(model.claim(0, 2), { code: 'STORE_FENCED' })
  const left = await database.query("SELECT tablename FROM pg_tables WHERE schemaname = 'millrace' AND tablename ~ '_[0-9]+$'")
  assert.deepEqual(left, [])
})
