import { durableLogContract, logContract } from '@millrace/testing'
import { test } from 'node:test'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'
import { openSqliteLog } from './open-sqlite-log.ts'

for (const { name, run } of [...logContract, ...durableLogContract]) {
  test(`the SQLite log ${name}`, async () => {
    await using directory = await temporaryDirectory()
    await run(() => openSqliteLog(directory.path))
  })
}
