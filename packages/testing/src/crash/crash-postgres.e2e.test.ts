import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { start } from '@millrace/core'
import { openPostgresReadStore } from '@millrace/postgres'
import { openSqliteLog } from '@millrace/sqlite'
import { seats } from '../fixtures/seats.ts'
import { postgresForTests, type TestDatabase } from '../postgres/index.ts'
import { abortPoints } from './abort-points.ts'
import { copyData } from './copy-data.ts'
import { crashLoop } from './crash-loop.ts'
import { readLog, verifyLog } from './verify-log.ts'

const entry = new URL('fixtures/seats-child.ts', import.meta.url)
const { skip, openDatabase } = await postgresForTests()
const ROUNDS = 12

test(
  'a process that is killed at any moment leaves a read model in PostgreSQL that is what the log says',
  { skip, timeout: 500_000 },
  async () => {
    await using database = await openDatabase()
    await using beside = await openDatabase() // who copies a database must not be in it
    process.env['SEATS_CRASH_POSTGRES'] = database.url
    const seen = { acknowledged: 0, documents: 0 }
    try {
      await crashLoop({
        entry,
        rounds: ROUNDS,
        killAt: abortPoints,
        check: async (directory, history) => {
          // On copies, so that looking does not mend what the next round must find.
          const copy = await mkdtemp(path.join(tmpdir(), 'millrace-check-'))
          await copyData(directory, copy)
          const url = await copyDatabase(database, beside)
          try {
            {
              await using log = await openSqliteLog(copy)
              verifyLog(await readLog(log), history)
            }
            await using running = await start(seats, { log: await openSqliteLog(copy), store: await openPostgresReadStore(url) })
            await running.query('plan', { hallId: 'hall 0' }, { maxAgeMs: 0, timeoutMs: 30_000 })
            const { differing, differences, documents } = await running.verify('plan')
            assert.deepEqual({ differing, differences }, { differing: 0, differences: [] })
            seen.documents = documents
          } finally {
            await rm(copy, { recursive: true, force: true })
          }
          seen.acknowledged = history.answers.size
        },
      })
    } finally {
      delete process.env['SEATS_CRASH_POSTGRES']
      await beside.query(`DROP DATABASE IF EXISTS ${database.name}_copy WITH (FORCE)`)
    }
    console.log(`${seen.acknowledged} commands were acknowledged in ${ROUNDS} rounds`)
    assert.ok(seen.acknowledged > 10 && seen.documents > 1, JSON.stringify(seen))
  },
)

/** What the killed process left, at another place. Its connections end a moment after it. */
async function copyDatabase({ name, url }: TestDatabase, beside: TestDatabase): Promise<string> {
  await beside.query(`DROP DATABASE IF EXISTS ${name}_copy WITH (FORCE)`)
  const deadline = performance.now() + 60_000
  for (;;) {
    try {
      await beside.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name])
      await beside.query(`CREATE DATABASE ${name}_copy TEMPLATE ${name}`)
      break
    } catch (error) {
      if ((error as { readonly code?: string }).code !== '55006' || performance.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  const copied = new URL(url)
  copied.pathname += '_copy'
  return copied.href
}
