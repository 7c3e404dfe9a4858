import type { SharedReadStore } from '@millrace/core'
import { openTcpProxy } from '@millrace/testing/kafka'
import { openPostgresServer, postgresForTests } from '@millrace/testing/postgres'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commit, openModel, patch, put, until, untilDone } from './fixtures/stores.ts'
import { openPostgresReadStore } from './index.ts'

const { skip, openDatabase } = await postgresForTests()

test('a server that was killed and comes back is used again, by who reads, writes and follows', { skip }, async () => {
  await using server = await openPostgresServer()
  await using one = await openPostgresReadStore(server.url)
  await using other = await openPostgresReadStore(server.url)
  const [mine, theirs] = [await openModel(one), await openModel(other)]
  let fold = await mine.claim(0, 1)
  await commit(fold, { a: put({ n: 1 }) })
  await until('it is told', () => theirs.checkpoint.get(0) === 1)
  await server.kill()
  // Its connections end a moment after it.
  const isRefused = (error: unknown): boolean => (error as { readonly code?: string }).code === 'STORE_UNAVAILABLE'
  await until('it is away', () => commit(fold, { a: patch({ n: 2 }) }).then(() => false, isRefused))
  let tries = 0
  const read = async (): Promise<unknown> => theirs.get(`never read ${tries++}`)
  await until('for who reads too', () => read().then(() => false, isRefused))
  await server.start()
  await assert.rejects(commit(fold, { a: patch({ n: 2 }) }), { code: 'STORE_UNAVAILABLE' }, 'it is to be claimed again')
  fold = await untilDone(() => mine.claim(0, 1))
  // The last commits before a crash may be gone: then they are folded again.
  await commit(fold, { a: put({ n: 2 }) })
  await until('it is told', async () => (await untilDone(async () => theirs.get('a')))?.['n'] === 2)
  await until('it is told how far it is', () => theirs.checkpoint.get(0) === fold.next)
  await commit(fold, { a: patch({ n: 3 }) })
  await until('it is told at once again', async () => (await theirs.get('a'))?.['n'] === 3)
})

/** What a store says of itself, in order. */
function watch(store: SharedReadStore): string[] {
  const said: string[] = []
  store.watch?.((trouble) => said.push(trouble === undefined ? 'back' : `${trouble.code} ${trouble.message}`))
  return said
}
const AWAY =
  /^STORE_UNAVAILABLE the read store is away: PostgreSQL at 127\.0\.0\.1:\d+, database \w+, does not answer( \(\w+\))?\. Commands/

/** On a slow machine it may seem to go and come more than once: never the same twice. */
function assertInTurn(said: readonly string[]): void {
  for (const [at, each] of said.entries()) assert.match(each, at % 2 === 0 ? AWAY : /^back$/)
}

test('a server that went away is said to be, used by nobody, and said to be back', { skip }, async () => {
  await using server = await openPostgresServer()
  await using store = await openPostgresReadStore(server.url)
  const said = watch(store)
  await server.kill()
  await until('it says so', () => said.length > 0)
  await server.start()
  await until('it is back', () => said.at(-1) === 'back')
  assertInTurn(said)
})

test('one that answers nothing any more is said to be away too', { skip }, async () => {
  await using database = await openDatabase()
  const { hostname, port } = new URL(database.url)
  await using proxy = await openTcpProxy({ to: { host: hostname, port: Number(port) } })
  const url = new URL(database.url)
  url.host = `127.0.0.1:${proxy.port}`
  await using store = await openPostgresReadStore(url.href)
  const said = watch(store)
  proxy.halfOpen(true)
  await until('it says so', () => said.length > 0)
  proxy.halfOpen(false)
  await until('it is back', () => said.at(-1) === 'back')
  assertInTurn(said)
})

test('a connection that the server ends between two statements fails who has it, and nobody else', { skip }, async () => {
  await using database = await openDatabase()
  await using store = await openPostgresReadStore(database.url)
  const model = await openModel(store)
  await commit(await model.claim(0, 1), { a: put({ n: 1 }) })
  const ended = model.snapshot(async (stored) => {
    await stored.get('a')
    const idle = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'"
    const [{ pid } = { pid: 0 }] = await database.query<{ readonly pid: number }>(idle)
    await database.query('SELECT pg_terminate_backend($1)', [pid])
    await until('it is gone', async () => (await database.query('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [pid])).length === 0)
    await database.query('SELECT 1') // by then its last words have come: they end no process
    return stored.get('a')
  })
  await assert.rejects(ended, { code: 'STORE_UNAVAILABLE' })
  assert.deepEqual(await untilDone(async () => model.get('a')), { n: 1 })
})

test('who only follows, and lost the connection it follows by, knows of a server that has crashed meanwhile', { skip }, async () => {
  await using database = await openDatabase()
  await using one = await openPostgresReadStore(database.url)
  await using other = await openPostgresReadStore(database.url)
  const [mine, theirs] = [await openModel(one), await openModel(other)]
  const fold = await mine.claim(0, 1)
  for (const n of [1, 2, 3]) await commit(fold, { a: put({ n }) })
  await until('it is told', async () => (await theirs.get('a'))?.['n'] === 3)
  // As after a crash: the last two commits are gone, and whoever is told has no connection any more but idle ones.
  await database.query('UPDATE millrace.models SET commits = 1')
  await database.query('UPDATE millrace.partitions SET next = 1')
  await database.query('UPDATE millrace.documents_1 SET version = 1, base = \'{"n":1}\'')
  await database.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND query ~ '^LISTEN|commits FROM'",
  )
  await until('it is as it is in the store', async () => (await theirs.get('a'))?.['n'] === 1)
  await until('and it knows how far that is', () => theirs.checkpoint.get(0) === 1)
})

test('what goes wrong at the start is said with what to do about it', { skip }, async () => {
  await using database = await openDatabase()
  const at = (change: (url: URL) => void): string => {
    const url = new URL(database.url)
    change(url)
    return url.href
  }
  const wrong: readonly (readonly [string, string, RegExp])[] = [
    [at((url) => (url.password = 'wrong')), 'STORE_DENIED', /user and password/],
    [at((url) => (url.pathname = '/not_there')), 'STORE_MISCONFIGURED', /no such database/],
    [at((url) => (url.port = '1')), 'STORE_UNAVAILABLE', /127\.0\.0\.1:1/],
  ]
  for (const [url, code, message] of wrong) {
    await assert.rejects(openPostgresReadStore(url), (error: Error & { readonly code?: string }) => {
      assert.equal(error.code, code)
      assert.match(error.message, message)
      assert.ok(!error.message.includes('wrong'), error.message)
      return true
    })
  }
  await assert.rejects(openPostgresReadStore('mysql://x'), /postgres:\/\/user/)
  await assert.rejects(openPostgresReadStore(database.url, { schema: 'Not This' }), /schema: expected/)
})

test('a user without the right to create the schema is told so, and can work in one that is there', { skip }, async () => {
  await using database = await openDatabase()
  const user = `user_${database.name.slice(-20)}`
  await database.query(`CREATE ROLE ${user} LOGIN PASSWORD 'secret'`)
  try {
    const url = new URL(database.url)
    Object.assign(url, { username: user, password: 'secret' })
    await assert.rejects(openPostgresReadStore(url.href), { code: 'STORE_DENIED' })
    await database.query(`CREATE SCHEMA millrace AUTHORIZATION ${user}`)
    await using store = await openPostgresReadStore(url.href)
    await commit(await (await openModel(store)).claim(0, 1), { a: put({}) })
  } finally {
    await database.query(`DROP OWNED BY ${user} CASCADE`)
    await database.query(`DROP ROLE ${user}`)
  }
})

test('a database of another encoding, or a schema of another release, is refused by name', { skip }, async () => {
  await using database = await openDatabase()
  await database.query(`CREATE DATABASE ${database.name}_latin ENCODING 'LATIN1' TEMPLATE template0`)
  try {
    const url = new URL(database.url)
    url.pathname += '_latin'
    await assert.rejects(openPostgresReadStore(url.href), { code: 'STORE_MISCONFIGURED', message: /LATIN1.*UTF8/ })
  } finally {
    await database.query(`DROP DATABASE ${database.name}_latin WITH (FORCE)`)
  }
  {
    await using _store = await openPostgresReadStore(database.url)
  }
  await database.query('UPDATE millrace.format SET format = 99')
  await assert.rejects(openPostgresReadStore(database.url), { code: 'STORE_MISCONFIGURED', message: /format 99/ })
})

test('a network that swallows everything is noticed, and a commit that was on its way is not made twice', { skip }, async () => {
  await using database = await openDatabase()
  const { hostname, port } = new URL(database.url)
  await using proxy = await openTcpProxy({ to: { host: hostname, port: Number(port) } })
  const url = new URL(database.url)
  url.host = `127.0.0.1:${proxy.port}`
  await using store = await openPostgresReadStore(url.href, { statementTimeoutMs: 3_000 })
  const model = await openModel(store)
  let fold = await model.claim(0, 1)
  await commit(fold, { a: put({ n: 1 }) })
  proxy.halfOpen(true)
  await assert.rejects(commit(fold, { a: patch({ n: 2 }) }), { code: 'STORE_UNAVAILABLE' })
  proxy.halfOpen(false)
  fold = await untilDone(() => model.claim(0, 1))
  if (fold.next === 1) await commit(fold, { a: patch({ n: 2 }) })
  assert.equal(fold.next, 2)
  assert.deepEqual(await untilDone(async () => model.get('a')), { n: 2 })
  await until('it follows again', () => model.checkpoint.get(0) === 2)
})
