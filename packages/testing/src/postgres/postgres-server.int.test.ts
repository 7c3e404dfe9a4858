import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { isListening } from '../internal/free-ports.ts'
import { openPostgresServer } from './postgres-server.ts'
import { postgresForTests } from './postgres-for-tests.ts'

const { skip, openDatabase } = await postgresForTests()
const options = { skip }

test('databases for tests are apart, and gone after them', options, async () => {
  const names: string[] = []
  {
    await using one = await openDatabase()
    await using two = await openDatabase()
    names.push(one.name, two.name)
    await one.query('CREATE TABLE things (id int)')
    await assert.rejects(two.query('SELECT * FROM things'), /things/)
  }
  await using other = await openDatabase()
  const left = await other.query<object>('SELECT 1 FROM pg_database WHERE datname = ANY($1)', [names])
  assert.equal(left.length, 0)
})

test('a server that was killed starts again on what it had committed', options, async () => {
  await using server = await openPostgresServer()
  const { Client } = await import('pg')
  const ask = async (sql: string): Promise<readonly unknown[]> => {
    const client = new Client({ connectionString: server.url })
    await client.connect()
    const { rows } = await client.query<object>(sql)
    await client.end()
    return rows
  }
  await ask('CREATE TABLE things (id int)')
  await ask('INSERT INTO things VALUES (1)')
  await server.kill()
  assert.equal(await isListening(server.port), false)
  await server.start()
  assert.deepEqual(await ask('SELECT id FROM things'), [{ id: 1 }])
})

test('a server ends with the process that started it, and its folder too', options, async () => {
  const owner = spawn(
    process.execPath,
    [
      '--conditions=source',
      '--input-type=module',
      '-e',
      `const { openPostgresServer } = await import(${JSON.stringify(join(import.meta.dirname, 'postgres-server.ts'))})
       const { pid, port, unref } = await openPostgresServer()
       console.log(JSON.stringify({ pid, port })); setInterval(() => {}, 1000)`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string]
  const { pid, port } = JSON.parse(line) as { readonly pid: number; readonly port: number }
  assert.equal(await isListening(port), true)
  owner.kill('SIGKILL')
  const deadline = performance.now() + 60_000
  while (existsSync(`/proc/${pid}`) || (await isListening(port))) {
    assert.ok(performance.now() < deadline, `PostgreSQL ${pid} is still there`)
    await sleep(50)
  }
})
