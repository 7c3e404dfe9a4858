import { durableSharedReadStoreContract, sharedReadStoreContract } from '@millrace/testing'
import { postgresForTests } from '@millrace/testing/postgres'
import { test } from 'node:test'
import { openPostgresReadStore } from './index.ts'

const { skip, openDatabase } = await postgresForTests()

for (const { name, run } of [...sharedReadStoreContract, ...durableSharedReadStoreContract]) {
  test(`PostgreSQL read store ${name}`, { skip }, async () => {
    await using database = await openDatabase()
    await run(() => openPostgresReadStore(database.url))
  })
}
