import {
  durableSharedReadStoreContract,
  durableSharedTablesContract,
  sharedReadStoreContract,
  sharedTablesContract,
} from '@millrace/testing'
import { postgresForTests } from '@millrace/testing/postgres'
import { test } from 'node:test'
import { openPostgresReadStore } from './index.ts'

const { skip, openDatabase } = await postgresForTests()

const documents = [...sharedReadStoreContract, ...durableSharedReadStoreContract]
for (const { name, run } of [...documents, ...sharedTablesContract, ...durableSharedTablesContract]) {
  test(`PostgreSQL read store ${name}`, { skip }, async () => {
    await using database = await openDatabase()
    await run(() => openPostgresReadStore(database.url))
  })
}
