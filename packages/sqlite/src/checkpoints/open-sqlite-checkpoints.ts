import { MillraceError, type ShardCheckpoints } from '@millrace/core'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { makeDirectory } from '../directory.ts'
import { takeLock } from '../lock.ts'
import { DatabaseWorker } from '../worker/database-worker.ts'
import { toFailure } from '../worker/failure.ts'
import { SqliteCheckpoints, toCheckpointsError } from './sqlite-checkpoints.ts'

const APPLICATION_ID = 0x4d52_5343
const FORMAT = 1

/**
 * Opens the shard checkpoints of a directory, and creates them where they are not there: `shards.db`. One process at a
 * time: saves of two would mix. What another release left there is dropped: the log has it all.
 */
export async function openSqliteCheckpoints(directory: string): Promise<ShardCheckpoints> {
  await makeDirectory(directory, 'STORE_UNAVAILABLE')
  const file = join(directory, 'shards.db')
  const lock = takeLock(directory, 'shards', 'STORE_UNAVAILABLE')
  if ('heldBy' in lock) {
    throw new MillraceError(
      'STORE_UNAVAILABLE',
      `the shard checkpoints in ${directory} are in use by ${lock.heldBy}: stop it or choose another directory`,
      { at: { directory } },
    )
  }
  try {
    create(file)
    return new SqliteCheckpoints(file, new DatabaseWorker({ writer: 'checkpoints', file }), lock)
  } catch (error) {
    lock.release()
    throw toCheckpointsError(toFailure(error, false), file)
  }
}

function create(file: string): void {
  const database = new DatabaseSync(file, { timeout: 1_000 })
  try {
    database.exec('PRAGMA journal_mode = WAL; BEGIN IMMEDIATE')
    const { application_id: application } = database.prepare('PRAGMA application_id').get() as { readonly application_id: number }
    const { user_version: format } = database.prepare('PRAGMA user_version').get() as { readonly user_version: number }
    if (application !== APPLICATION_ID || format !== FORMAT) {
      database.exec(`DROP TABLE IF EXISTS checkpoints; DROP TABLE IF EXISTS states;
        CREATE TABLE checkpoints (partition INTEGER PRIMARY KEY, version TEXT NOT NULL, next INTEGER NOT NULL, summary BLOB NOT NULL, crc INTEGER NOT NULL) STRICT;
        CREATE TABLE states (id INTEGER PRIMARY KEY, partition INTEGER NOT NULL, name BLOB NOT NULL, value BLOB NOT NULL, crc INTEGER NOT NULL, UNIQUE (partition, name)) STRICT;
        PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT}`)
    }
    database.exec('COMMIT')
  } finally {
    database.close()
  }
}
