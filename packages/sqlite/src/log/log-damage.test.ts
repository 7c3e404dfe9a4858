import type { Log } from '@millrace/core'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { aCommand, allEvents, answered, answering } from '../fixtures/records.ts'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'
import { openSqliteLog } from './open-sqlite-log.ts'

/** Five commands and their five events, each in a chunk of its own, behind the marker. */
async function fill(directory: string): Promise<void> {
  await using log = await openSqliteLog(directory, { partitions: 2 })
  const stop = new AbortController()
  const owning = log.own(answering(log), stop.signal)
  for (let count = 0; count < 5; count++) {
    await log.submit(1, aCommand(`c${count}`))
    await answered(log, 1, 0, count + 1)
  }
  stop.abort()
  await owning
}

function change(directory: string, sql: string): void {
  const database = new DatabaseSync(join(directory, 'log.db'))
  database.exec(sql)
  database.close()
}

async function readAll(log: Log): Promise<unknown> {
  return allEvents(log, 1).then(
    () => undefined,
    (error: unknown) => error,
  )
}

const flip = (first: number, byte: number): string => {
  const [start, rest] = [`substr(data, 1, ${byte})`, `substr(data, ${byte + 2})`]
  return `UPDATE events_1 SET data = CAST(${start} || x'a5' || ${rest} AS BLOB) WHERE first = ${first}`
}

for (const [what, sql, reason] of [
  ['has changed on disk', flip(3, 60), /checksum/],
  ['has a header that changed', flip(3, 13), /checksum/],
  ['was cut short', 'UPDATE events_1 SET data = substr(data, 1, 50) WHERE first = 3', /checksum/],
  ['was cut to nothing', `UPDATE events_1 SET data = x'00' WHERE first = 3`, /1 bytes/],
  ['is gone', 'DELETE FROM events_1 WHERE first = 3', /records from 4 on/],
  ['is another one', 'UPDATE events_1 SET data = (SELECT data FROM events_1 WHERE first = 2) WHERE first = 3', /begins at 2/],
  ['belongs to another partition', 'UPDATE events_1 SET data = (SELECT data FROM events_0 WHERE first = 0) WHERE first = 3', /partition 0/],
  ['is of another table', 'UPDATE events_1 SET data = (SELECT data FROM commands_1 WHERE first = 3) WHERE first = 3', /no chunk of events/],
] as const) {
  test(`a chunk that ${what} stops who reads it, with the place and what to do`, async () => {
    await using directory = await temporaryDirectory()
    await fill(directory.path)
    change(directory.path, sql)
    await using log = await openSqliteLog(directory.path)
    const error = (await readAll(log)) as Error & { readonly code: string; readonly at: unknown }
    assert.equal(error.code, 'LOG_DAMAGED')
    assert.match(error.message, /log\.db: events of partition 1 can't be read at offset 3: .*restore it from a backup/)
    assert.match(error.message, reason)
    assert.deepEqual(error.at, { file: join(directory.path, 'log.db'), table: 'events', partition: 1, offset: 3 })
  })
}

test('a log whose last chunk is damaged does not open', async () => {
  await using directory = await temporaryDirectory()
  await fill(directory.path)
  change(directory.path, 'UPDATE commands_1 SET data = zeroblob(length(data)) WHERE first = 4')
  await assert.rejects(openSqliteLog(directory.path), { code: 'LOG_DAMAGED', message: /commands of partition 1 can't be read at offset 4/ })
  await assert.rejects(openSqliteLog(directory.path), { code: 'LOG_DAMAGED' }, 'and is not held by who failed to open it')
})

test('an owner whose commands are damaged ends with an error, and skips nothing', async () => {
  await using directory = await temporaryDirectory()
  await fill(directory.path)
  change(directory.path, 'UPDATE commands_1 SET data = zeroblob(length(data)) WHERE first = 2')
  await using log = await openSqliteLog(directory.path)
  const owning = log.own(async (shard) => {
    if (shard.partition === 1) for await (const commands of shard.commands(0, 1)) assert.ok((commands[0]?.offset ?? 0) < 2)
  }, AbortSignal.timeout(20_000))
  await assert.rejects(owning, { code: 'LOG_DAMAGED', message: /commands of partition 1 can't be read at offset 2/ })
})

test('another number of partitions is refused with both numbers, and none takes what is there', async () => {
  await using directory = await temporaryDirectory()
  await fill(directory.path)
  await assert.rejects(openSqliteLog(directory.path, { partitions: 12 }), { name: 'TypeError', message: /created with 2, got 12/ })
  await using log = await openSqliteLog(directory.path)
  assert.equal(log.partitions, 2)
})

test('a file that is no log is refused', async () => {
  await using directory = await temporaryDirectory()
  change(directory.path, 'PRAGMA application_id = 7; CREATE TABLE mine (a)')
  await assert.rejects(openSqliteLog(directory.path), { code: 'LOG_DAMAGED', message: /is no Millrace log/ })
})
