import { durableReadStoreContract, durableTablesContract, readStoreContract, tablesContract } from '@millrace/testing'
import { test } from 'node:test'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'
import { openSqliteReadStore } from './open-sqlite-read-store.ts'

for (const { name, run } of [...readStoreContract, ...durableReadStoreContract, ...tablesContract, ...durableTablesContract]) {
  test(`the SQLite read store ${name}`, async () => {
    await using directory = await temporaryDirectory()
    await run(() => openSqliteReadStore(directory.path))
  })
}
