import { postgresForTests } from '@millrace/testing/postgres'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commit, openModel, patch, put, until } from './fixtures/stores.ts'
import { openPostgresReadStore } from './index.ts'

const { skip, openDatabase } = await postgresForTests()
const seats = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, seat) => [`seat-${seat}`, 'free']))

test('a patch of a large document is stored as the patch, and now and then all are made one', { skip }, async () => {
  await using database = await openDatabase()
  const expected = { seats: seats(2_000) }
  const count = async (): Promise<number> => (await database.query('SELECT 1 FROM millrace.patches_1')).length
  let longest = 0
  {
    await using store = await openPostgresReadStore(database.url)
    const model = await openModel(store)
    const fold = await model.claim(0, 1)
    await commit(fold, { show: put({ seats: seats(2_000) }) })
    for (let at = 0; at < 1_500; at++) {
      const seat = `seat-${(at * 7) % 2_000}`
      expected.seats[seat] = `held by ${at}`
      await commit(fold, { show: patch({ seats: { [seat]: `held by ${at}` } }) })
      if (at % 100 === 99) longest = Math.max(longest, await count())
    }
    assert.deepEqual(await model.get('show'), expected)
    assert.ok(longest >= 99 && longest < 1_000, `${longest} patches at most`)
  }
  await using store = await openPostgresReadStore(database.url)
  const model = await openModel(store)
  assert.deepEqual(await model.get('show'), expected)
  assert.equal(model.checkpoint.get(0), 1_501)
  assert.deepEqual((await model.list({ prefix: '', after: '', limit: 10 }))[0]?.document, expected)
})

test('a small document is patched in one text, even where another instance has changed it meanwhile', { skip }, async () => {
  await using database = await openDatabase()
  await using one = await openPostgresReadStore(database.url)
  await using other = await openPostgresReadStore(database.url)
  const [mine, theirs] = [await openModel(one), await openModel(other)]
  const [first, second] = [await mine.claim(0, 1), await theirs.claim(1, 1)]
  await commit(first, { a: put({ n: 0 }) })
  const rounds = 50
  const each = async (fold: typeof first, name: string): Promise<void> => {
    for (let n = 1; n <= rounds; n++) await commit(fold, { a: patch({ [name]: n }) })
  }
  await Promise.all([each(first, 'first'), each(second, 'second')])
  const expected = { n: 0, first: rounds, second: rounds }
  for (const model of [mine, theirs]) {
    await until('all is told', () => model.checkpoint.get(0) === rounds + 1 && model.checkpoint.get(1) === rounds)
    assert.deepEqual(await model.get('a'), expected)
    assert.deepEqual((await model.list({ prefix: '', after: '', limit: 10 }))[0]?.document, expected)
  }
})

test('documents that no longer fit the memory are read from the database', { skip }, async () => {
  await using database = await openDatabase()
  await using store = await openPostgresReadStore(database.url, { cacheBytes: 50_000 })
  const model = await openModel(store)
  const fold = await model.claim(0, 1)
  for (let show = 0; show < 20; show++) await commit(fold, { [`show-${show}`]: put({ seats: seats(500), note: '' }) })
  for (let show = 0; show < 20; show++) await commit(fold, { [`show-${show}`]: patch({ note: `patched ${show}` }) })
  for (let show = 0; show < 20; show++) {
    const { document, version } = await model.read(`show-${show}`)
    assert.deepEqual(document, { seats: seats(500), note: `patched ${show}` })
    assert.equal(await commit(fold, { [`show-${show}`]: patch({ again: true }) }, { [`show-${show}`]: version }), true)
  }
})

test('an instance that hears nothing of commits notices by itself', { skip }, async () => {
  await using database = await openDatabase()
  await using store = await openPostgresReadStore(database.url)
  const model = await openModel(store)
  const told: (boolean | undefined)[] = []
  model.follow((writes) => told.push(writes !== undefined))
  assert.equal(await model.get('a'), undefined)
  // As of another instance whose notifications are lost on their way.
  await database.query(`INSERT INTO millrace.documents_1 (key, version, base) VALUES ('a', 1, '{"n":1}');`)
  await database.query(`INSERT INTO millrace.partitions VALUES (1, 0, 1, 7)`)
  await database.query('UPDATE millrace.models SET commits = 1 WHERE id = 1')
  await until('it notices', () => model.checkpoint.get(0) === 7)
  assert.deepEqual(told, [false])
  assert.deepEqual(await model.get('a'), { n: 1 })
})
