import { postgresForTests } from '@millrace/testing/postgres'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commit, openModel, patch, put, until } from './fixtures/stores.ts'
import { openPostgresReadStore } from './index.ts'

const { skip, openDatabase } = await postgresForTests()
const PARTITIONS = 24
/** Which transactions the partitions were last written by: others write to this server meanwhile. */
const WRITERS = 'SELECT count(DISTINCT xmin::text)::int AS transactions FROM millrace.partitions'

test('commits of several partitions that come at once share transactions, and are told one by one', { skip }, async () => {
  await using database = await openDatabase()
  await using one = await openPostgresReadStore(database.url)
  await using other = await openPostgresReadStore(database.url)
  const [mine, theirs] = [await openModel(one), await openModel(other)]
  const folds = []
  for (let partition = 0; partition < PARTITIONS; partition++) folds.push(await mine.claim(partition, 1))
  const told: (readonly string[])[] = []
  theirs.follow((writes) => told.push([...(writes ?? new Map<string, unknown>()).keys()]))
  const stored = await Promise.all(folds.map((fold, at) => commit(fold, { [`of ${at}`]: put({ at }) })))
  const used = await transactions()
  assert.ok(stored.every(Boolean))
  assert.ok(used < PARTITIONS / 2, `${used} transactions for ${PARTITIONS} commits`)
  await until('all is told', () => theirs.checkpoint.size === PARTITIONS)
  assert.equal(told.length, PARTITIONS)
  for (let at = 0; at < PARTITIONS; at++) assert.deepEqual(await theirs.get(`of ${at}`), { at })

  async function transactions(): Promise<number> {
    const [row] = await database.query<{ readonly transactions: number }>(WRITERS)
    return row!.transactions
  }
})

test('of commits that come at once, each stands or falls by itself', { skip }, async () => {
  await using database = await openDatabase()
  await using one = await openPostgresReadStore(database.url)
  await using other = await openPostgresReadStore(database.url)
  const [mine, theirs] = [await openModel(one), await openModel(other)]
  const folds = []
  for (let partition = 0; partition < 6; partition++) folds.push(await mine.claim(partition, 1))
  await commit(folds[0]!, { seen: put({ n: 1 }), merged: put({ n: 1 }) })
  const { version } = await mine.read('seen')
  await mine.read('merged')
  // Another instance takes partition 2 over, and changes what was read: this one need not have heard of it.
  await theirs.claim(2, 2)
  await commit(await theirs.claim(9, 1), { seen: put({ n: 2 }), merged: put({ n: 2 }) })
  const late = await mine.claim(4, 1)
  await commit(late, { b: put({ n: 1 }) })
  const settled = await Promise.allSettled([
    commit(folds[0]!, { a: put({ n: 0 }) }),
    commit(folds[1]!, { a: put({ n: 1 }) }, { seen: version }),
    commit(folds[2]!, { a: put({ n: 2 }) }),
    commit(folds[3]!, { merged: patch({ by: 3 }) }),
    commit(folds[4]!, { a: put({ n: 4 }) }), // `late` has gone on in its place
    commit(folds[5]!, { c: put({ n: 5 }) }, { a: 0 }),
  ])
  assert.deepEqual(
    settled.map((each) => (each.status === 'fulfilled' ? each.value : (each.reason as { readonly code: string }).code)),
    [true, false, 'STORE_FENCED', true, 'STORE_UNAVAILABLE', false],
  )
  await until('both know', () => [mine, theirs].every(({ checkpoint }) => checkpoint.get(3) === 1 && checkpoint.get(0) === 2))
  for (const model of [mine, theirs]) {
    assert.deepEqual(await model.get('a'), { n: 0 })
    assert.deepEqual(await model.get('merged'), { n: 2, by: 3 })
    assert.equal(await model.get('c'), undefined)
    assert.deepEqual([...model.checkpoint.entries()].sort(), [
      [0, 2],
      [3, 1],
      [4, 1],
      [9, 1],
    ])
  }
})

test('where the server refuses one of several commits, the others are stored', { skip }, async () => {
  await using database = await openDatabase()
  await using store = await openPostgresReadStore(database.url)
  const model = await openModel(store)
  const folds = []
  for (let partition = 0; partition < 4; partition++) folds.push(await model.claim(partition, 1))
  await database.query(`ALTER TABLE millrace.documents_1 ADD CHECK (base <> '{"bad":true}')`)
  const settled = await Promise.allSettled(folds.map((fold, at) => commit(fold, { [`of ${at}`]: put(at === 2 ? { bad: true } : { at }) })))
  assert.deepEqual(
    settled.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
  )
  assert.deepEqual(
    folds.map(({ next }) => next),
    [1, 1, 0, 1],
  )
  assert.equal((await model.list({ prefix: '', after: '', limit: 9 })).length, 3)
})
