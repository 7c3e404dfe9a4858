import type { ReadStore } from '@millrace/core'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSqliteReadStore } from './open-sqlite-read-store.ts'

/**
 * Opens a read store in a directory of its own, which is removed when it is closed: for tests of projections with tables,
 * and for apps with tables that are to keep nothing.
 */
export async function openTemporarySqliteReadStore(): Promise<ReadStore> {
  const directory = await mkdtemp(join(tmpdir(), 'millrace-read-'))
  const store = await openSqliteReadStore(directory)
  return {
    isShared: false,
    isVolatile: true,
    hasTables: true,
    open: (name, version, migrations) => store.open(name, version, migrations),
    remove: (name, version) => store.remove(name, version),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
