import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { findPostgres } from './postgres-binaries.ts'
import { openPostgresServer, type PostgresServer } from './postgres-server.ts'

export interface PostgresForTests {
  /** For the runner: why tests with PostgreSQL are skipped, false where they run. */
  readonly skip: string | false
  /** A database that nobody else uses, dropped when it is disposed of, whoever is still connected. */
  openDatabase(): Promise<TestDatabase>
}

export interface TestDatabase extends AsyncDisposable {
  readonly url: string
  /** Its name. */
  readonly name: string
  /** Asks it on a connection of its own. */
  query<Row>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>
}

/**
 * A PostgreSQL for tests: the server that `DATABASE_URL` names (whose user may create databases), else one started here,
 * which ends with this process. Where there is none, tests are skipped and say why; with `CI=true` this throws instead.
 */
export async function postgresForTests(): Promise<PostgresForTests> {
  const given = process.env['DATABASE_URL']
  if (given !== undefined && given !== '') return { skip: false, openDatabase: () => openDatabase(given) }
  const found = await findPostgres()
  if ('reason' in found) {
    if (process.env['CI'] === 'true') throw new Error(`tests need PostgreSQL, and ${found.reason}`)
    return { skip: `no PostgreSQL: ${found.reason}`, openDatabase: () => Promise.reject(new Error(found.reason)) }
  }
  const server = await openPostgresServer()
  endWithProcess(server)
  return { skip: false, openDatabase: () => openDatabase(server.url) }
}

/**
 * For what runs the test files: one server for all of them, which they find by `DATABASE_URL`. Starts none where that is
 * set or none can be had. Dispose of it after the tests.
 */
export async function sharePostgres(): Promise<AsyncDisposable> {
  const given = process.env['DATABASE_URL']
  if ((given !== undefined && given !== '') || 'reason' in (await findPostgres())) return { [Symbol.asyncDispose]: async () => undefined }
  const server = await openPostgresServer()
  process.env['DATABASE_URL'] = server.url
  return {
    async [Symbol.asyncDispose]() {
      delete process.env['DATABASE_URL']
      await server[Symbol.asyncDispose]()
    },
  }
}

function endWithProcess(server: PostgresServer): void {
  server.unref()
  process.once('beforeExit', () => void server[Symbol.asyncDispose]())
}

async function openDatabase(server: string): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await query(server, `CREATE DATABASE ${name}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return {
    url: url.href,
    name,
    query: (sql, values) => query(url.href, sql, values),
    async [Symbol.asyncDispose]() {
      await query(server, `DROP DATABASE ${name} WITH (FORCE)`)
    },
  }
}

async function query<Row>(url: string, sql: string, values: readonly unknown[] = []): Promise<readonly Row[]> {
  const client = new Client({ connectionString: url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query(sql, [...values])).rows as Row[]
  } finally {
    await client.end()
  }
}
