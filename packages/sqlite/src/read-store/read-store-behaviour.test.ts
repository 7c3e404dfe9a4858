import { mergePatch, type StoredDocument, type Write } from '@millrace/core'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'
import { mergeJson } from './merge-json.ts'
import { openSqliteReadStore } from './open-sqlite-read-store.ts'

const put = (document: StoredDocument): Write => ({ kind: 'put', document })
const patch = (changes: StoredDocument): Write => ({ kind: 'patch', patch: changes })
const position = (next: number): ReadonlyMap<number, number> => new Map([[0, next]])
const seats = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, seat) => [`seat-${seat}`, 'free']))

function rowsOf(directory: string, sql: string): readonly unknown[] {
  const database = new DatabaseSync(join(directory, 'read.db'), { readOnly: true })
  try {
    return database.prepare(sql).all()
  } finally {
    database.close()
  }
}

test('a patch of a large document is stored as the patch, and now and then all are made one', async () => {
  await using directory = await temporaryDirectory()
  const expected = { seats: seats(2_000) }
  let longest = 0
  {
    await using store = await openSqliteReadStore(directory.path)
    const model = await store.open('map', '1')
    await model.commit(new Map([['show', put(expected)]]), position(1))
    for (let count = 0; count < 1_500; count++) {
      const seat = `seat-${(count * 7) % 2_000}`
      expected.seats[seat] = `held by ${count}`
      await model.commit(new Map([['show', patch({ seats: { [seat]: `held by ${count}` } })]]), position(count + 2))
      if (count % 100 === 99) longest = Math.max(longest, rowsOf(directory.path, 'SELECT * FROM patches_1').length)
    }
    assert.deepEqual(await model.get('show'), expected)
  }
  assert.ok(longest >= 99 && longest < 1_000, `${longest} patches at most`)
  await using store = await openSqliteReadStore(directory.path)
  const model = await store.open('map', '1')
  assert.deepEqual(await model.get('show'), expected)
  assert.deepEqual(model.checkpoint, position(1_501))
})

test('documents that no longer fit the memory are read from the database, with their patches', async () => {
  await using directory = await temporaryDirectory()
  await using store = await openSqliteReadStore(directory.path, { cacheBytes: 50_000 })
  const model = await store.open('map', '1')
  const expected = Array.from({ length: 20 }, () => ({ seats: seats(500), note: '' }))
  await model.commit(new Map(expected.map((document, show) => [`show-${show}`, put(document)])), position(1))
  for (const [show, document] of expected.entries()) {
    document.note = `patched ${show}`
    await model.commit(new Map([[`show-${show}`, patch({ note: `patched ${show}` })]]), position(show + 2))
  }
  for (const [show, document] of expected.entries()) assert.deepEqual(await model.get(`show-${show}`), document)
  assert.equal((await model.list({ prefix: 'show-', after: '', limit: 100 })).length, 20)
})

test('reads see the last commit that was answered, not one that is under way', async () => {
  await using directory = await temporaryDirectory()
  await using store = await openSqliteReadStore(directory.path, { cacheBytes: 0 })
  const model = await store.open('map', '1')
  for (let count = 1; count <= 50; count++) {
    const stored: true[] = []
    const commit = model
      .commit(new Map(Array.from({ length: 50 }, (_, key) => [`key-${key}`, put({ count })])), position(count))
      .then(() => stored.push(true))
    while (stored.length === 0) {
      // In one turn, since a commit may be answered in any other.
      const seen = [model.checkpoint.get(0) ?? 0, model.get('key-0'), model.get('key-49')] as const
      const [next, first, last] = [seen[0], await seen[1], await seen[2]]
      assert.deepEqual([first?.['count'] ?? 0, last?.['count'] ?? 0], [next, next])
      await new Promise((resolve) => setImmediate(resolve))
    }
    await commit
    assert.deepEqual([model.checkpoint.get(0), (await model.get('key-49'))?.['count']], [count, count])
  }
})

test('what is given to a commit may change afterwards without changing the model', async () => {
  await using directory = await temporaryDirectory()
  await using store = await openSqliteReadStore(directory.path)
  const model = await store.open('map', '1')
  const held = { status: 'held' }
  const document = { seats: { a: { status: 'free' }, b: { status: 'free' } } }
  await model.commit(new Map([['show', put(document)]]), position(1))
  document.seats.a.status = 'gone'
  await model.commit(new Map([['show', patch({ seats: { a: held, b: held, c: held } })]]), position(2))
  await model.commit(new Map([['show', patch({ seats: { c: { status: 'sold' } } })]]), position(3))
  held.status = 'changed'
  assert.deepEqual(await model.get('show'), { seats: { a: { status: 'held' }, b: { status: 'held' }, c: { status: 'sold' } } })
})

test('an owner in another process fences this one', async () => {
  await using directory = await temporaryDirectory()
  await using one = await openSqliteReadStore(directory.path)
  await using other = await openSqliteReadStore(directory.path)
  const former = await one.open('map', '1')
  await former.commit(new Map([['a', put({ by: 'former' })]]), position(1))
  const next = await other.open('map', '1')
  await assert.rejects(former.commit(new Map([['a', put({ by: 'zombie' })]]), position(9)), { code: 'STORE_FENCED' })
  await next.commit(new Map([['b', put({ by: 'next' })]]), position(2))
  assert.deepEqual([await next.get('a'), await next.get('b'), next.checkpoint], [{ by: 'former' }, { by: 'next' }, position(2)])
})

test('a document that was damaged on disk is refused, with what to do', async () => {
  await using directory = await temporaryDirectory()
  {
    await using store = await openSqliteReadStore(directory.path)
    await (await store.open('map', '1')).commit(new Map([['a', put({ x: 1 })]]), position(1))
  }
  const database = new DatabaseSync(join(directory.path, 'read.db'))
  database.exec(`UPDATE documents_1 SET base = '{"x":'`)
  database.close()
  await using store = await openSqliteReadStore(directory.path)
  const model = await store.open('map', '1')
  await assert.rejects(async () => model.get('a'), { code: 'STORE_DAMAGED', message: /delete read\.db/ })
})

test(
  'a full disk refuses a commit and those waiting behind it, and is over without a restart',
  { skip: process.getuid?.() !== 0 && process.env['CI'] !== 'true' ? 'needs root, to mount a small tmpfs' : false },
  async () => {
    await using directory = await temporaryDirectory()
    const disk = join(directory.path, 'disk')
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk])
    try {
      await using store = await openSqliteReadStore(join(disk, 'data'))
      const model = await store.open('map', '1')
      await model.commit(new Map([['a', put({ n: 1 })]]), position(1))
      writeFileSync(join(disk, 'ballast'), Buffer.alloc(2_000_000))
      const large = model.commit(
        new Map([
          ['large', put({ text: 'x'.repeat(2_000_000) })],
          ['a', put({ n: 2 })],
        ]),
        position(2),
      )
      // It is with the worker now, and its answer can't come before this turn is over.
      for (let turn = 0; turn < 10; turn++) await Promise.resolve()
      const behind = model.commit(new Map([['a', patch({ m: 3 })]]), position(3))
      await Promise.all([large, behind].map((each) => assert.rejects(each, { code: 'STORE_FULL' })))
      assert.deepEqual([await model.get('a'), await model.get('large'), model.checkpoint], [{ n: 1 }, undefined, position(1)])
      rmSync(join(disk, 'ballast'))
      await model.commit(new Map([['a', patch({ m: 4 })]]), position(4))
      assert.deepEqual([await model.get('a'), model.checkpoint], [{ n: 1, m: 4 }, position(4)])
    } finally {
      execFileSync('umount', ['-l', disk])
    }
  },
)

test("patches do what core's patches do", () => {
  const values = [null, 1, 'text', [1, { a: null }], { a: 1 }, { a: null, b: { c: null, d: 2 } }, {}]
  for (const one of values) {
    for (const other of values) {
      for (const third of values) {
        const document = (): Record<string, unknown> => structuredClone({ x: one, y: { z: third } })
        const change = { x: other, y: { z: one, w: other }, v: third }
        const [mine, cores] = [document(), document()]
        mergeJson(mine, structuredClone(change))
        mergePatch(cores, change)
        assert.deepEqual(mine, cores)
      }
    }
  }
})

test("patches in the database do what core's patches do, whatever the names and the values", async () => {
  await using directory = await temporaryDirectory()
  const values = [null, 0, -0.5, 1e21, 'text', '\ud800"\\\n\u2028é', [1, { a: null }], { a: 1 }, { a: null, b: { c: null, d: 2 } }, {}, '']
  const names = ['x', '', '__proto__', 'é"\\/~\n', '\udc00', '1', 'a.b[0]']
  const expected = new Map<string, Record<string, unknown>>()
  const make = (name: string, value: unknown): Record<string, unknown> => JSON.parse(JSON.stringify({ [name]: value })) as never
  {
    await using store = await openSqliteReadStore(directory.path)
    const model = await store.open('map', '1')
    const puts = new Map<string, Write>()
    const patches = new Map<string, Write>()
    for (const [at, name] of names.entries()) {
      for (const one of values) {
        for (const other of values) {
          const key = `${puts.size}`
          const document = { ...make(name, one), before: make(name, one), between: 1, after: [one] }
          const change = { ...make(names[(at + 1) % names.length]!, one), ...make(name, other), before: make(name, other), between: null }
          puts.set(key, put(structuredClone(document)))
          patches.set(key, patch(change))
          mergePatch(document, change)
          expected.set(key, document)
        }
      }
    }
    await model.commit(puts, position(1))
    await model.commit(patches, position(2))
  }
  await using store = await openSqliteReadStore(directory.path)
  const model = await store.open('map', '1')
  for (const [key, document] of expected) assert.deepEqual(await model.get(key), document)
  assert.deepEqual(
    rowsOf(directory.path, 'SELECT count(*) AS count FROM patches_1').map((row) => ({ ...(row as object) })),
    [{ count: 0 }],
  )
})

test('the end of a list is found without looking at the keys that come after it', async () => {
  await using directory = await temporaryDirectory()
  await using store = await openSqliteReadStore(directory.path)
  const model = await store.open('map', '1')
  const keys = ['a/1', ...Array.from({ length: 50_000 }, (_, at) => `m/${at}`), 'z/1']
  await model.commit(new Map(keys.map((key) => [key, put({ n: 1 })])), position(1))
  const msOf = async (prefix: string): Promise<number> => {
    const beginMs = performance.now()
    for (let count = 0; count < 20; count++) {
      const found = await model.list({ prefix, after: '', limit: 10 })
      assert.deepEqual(
        found.map(({ key }) => key),
        [`${prefix}1`],
      )
    }
    return performance.now() - beginMs
  }
  await msOf('a/') // warms up
  // The quickest of several: this process may be held up in any of them.
  let [first, last] = [Infinity, Infinity]
  for (let round = 0; round < 8; round++) [first, last] = [Math.min(first, await msOf('a/')), Math.min(last, await msOf('z/'))]
  assert.ok(first < 20 * last, `${first} ms where many keys come after, ${last} ms where none does`)
})
