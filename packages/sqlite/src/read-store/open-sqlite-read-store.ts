import type { ReadStore } from '@millrace/core'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { makeDirectory } from '../directory.ts'
import { SqliteReadStore } from './sqlite-read-store.ts'
import { SqliteReadStores } from './sqlite-read-stores.ts'
import { OWN } from './their-statements.ts'
import { damagedError, reading } from './store-errors.ts'

export interface SqliteReadStoreOptions {
  /** Documents kept in memory for each model, by the bytes of their JSON: 64 MiB unless said. */
  readonly cacheBytes?: number
}

const APPLICATION_ID = 0x4d52_5253
const FORMAT = 1

/**
 * Opens the read models of a directory, and creates them where they are not there. A document that `get` or `list` gave
 * may be patched in place by a later commit: copy what is kept for longer than a turn of the event loop.
 */
export async function openSqliteReadStore(
  directory: string,
  { cacheBytes = 64 * 1024 * 1024 }: SqliteReadStoreOptions = {},
): Promise<ReadStore> {
  await makeDirectory(directory, 'STORE_UNAVAILABLE')
  const open = (name: string, hasTables: boolean): SqliteReadStore => {
    const file = join(directory, name)
    return reading(file, () => {
      create(file, hasTables ? OWN : '')
      return new SqliteReadStore({ file, hasTables, cacheSize: cacheBytes })
    })
  }
  return new SqliteReadStores(directory, open)
}

/** `prefix`: of the store's own tables. */
function create(file: string, prefix: string): void {
  const database = new DatabaseSync(file, { timeout: 1_000 })
  try {
    database.exec('PRAGMA journal_mode = WAL; BEGIN IMMEDIATE')
    const { application_id: application } = database.prepare('PRAGMA application_id').get() as { readonly application_id: number }
    const { user_version: format } = database.prepare('PRAGMA user_version').get() as { readonly user_version: number }
    if (application === 0 && format === 0) {
      database.exec(`CREATE TABLE ${prefix}models (id INTEGER PRIMARY KEY, name TEXT NOT NULL, version TEXT NOT NULL, epoch INTEGER NOT NULL, checkpoint TEXT NOT NULL, UNIQUE (name, version)) STRICT;
        PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT}`)
    } else if (application !== APPLICATION_ID || format !== FORMAT)
      throw damagedError(`${file} was written by another release or program (its marks are ${application} and ${format})`, file)
    database.exec('COMMIT')
  } finally {
    database.close()
  }
}
