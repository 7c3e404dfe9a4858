import { checkpointsContract } from '@millrace/testing'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'
import { openSqliteCheckpoints } from './open-sqlite-checkpoints.ts'

for (const { name, run } of checkpointsContract) {
  test(`the SQLite checkpoints: ${name}`, async () => {
    await using directory = await temporaryDirectory()
    await run(() => openSqliteCheckpoints(directory.path))
  })
}

test('checkpoints are there after a restart, and are kept state by state', async () => {
  await using directory = await temporaryDirectory()
  {
    await using checkpoints = await openSqliteCheckpoints(directory.path)
    await checkpoints.save(3, 'v1', {
      next: 10,
      summary: { ids: ['a'] },
      states: new Map([
        ['show-1', { free: 3 }],
        ['show-2', { free: 4 }],
      ]),
    })
    await checkpoints.save(3, 'v1', { next: 12, summary: { ids: ['b'] }, states: new Map([['show-2', { free: 5 }]]) })
  }
  await using checkpoints = await openSqliteCheckpoints(directory.path)
  const checkpoint = await checkpoints.open(3, 'v1')
  assert.deepEqual([checkpoint?.next, checkpoint?.summary], [12, { ids: ['b'] }])
  assert.deepEqual([checkpoint?.load('show-1'), checkpoint?.load('show-2')], [{ free: 3 }, { free: 5 }])
})

test('a state that was damaged on disk is refused, never given', async () => {
  await using directory = await temporaryDirectory()
  {
    await using checkpoints = await openSqliteCheckpoints(directory.path)
    await checkpoints.save(0, 'v1', { next: 1, summary: null, states: new Map([['show', { free: 3 }]]) })
  }
  const database = new DatabaseSync(join(directory.path, 'shards.db'))
  database.exec('UPDATE states SET value = zeroblob(length(value))')
  database.close()
  await using checkpoints = await openSqliteCheckpoints(directory.path)
  const checkpoint = await checkpoints.open(0, 'v1')
  assert.throws(() => checkpoint?.load('show'), { code: 'STORE_DAMAGED', message: /shards\.db.*delete it/ })
})

test('a second owner of the same checkpoints is refused', async () => {
  await using directory = await temporaryDirectory()
  await using _first = await openSqliteCheckpoints(directory.path)
  await assert.rejects(openSqliteCheckpoints(directory.path), { code: 'STORE_UNAVAILABLE', message: /in use by this process already/ })
})
