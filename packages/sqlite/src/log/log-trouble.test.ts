import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'
import { openSqliteLog } from './open-sqlite-log.ts'

test('that the shards are not held yet is trouble, so that nobody takes the app for ready', async () => {
  await using directory = await temporaryDirectory()
  await using log = await openSqliteLog(directory.path, { partitions: 2 })
  assert.equal(log.trouble(), undefined, 'nobody wants them')
  const over = new AbortController()
  const held = Promise.withResolvers<undefined>()
  const owning = log.own(async ({ signal }) => {
    held.resolve(undefined)
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
  }, over.signal)
  assert.equal(log.trouble()?.code, 'LOG_UNAVAILABLE')
  await held.promise
  assert.equal(log.trouble(), undefined)
  over.abort()
  await owning
  assert.equal(log.trouble(), undefined)
})
