import { MillraceError, systemClock, type Clock, type Log } from '@millrace/core'
import { join } from 'node:path'
import { makeDirectory } from '../directory.ts'
import { takeLock } from '../lock.ts'
import { DatabaseWorker } from '../worker/database-worker.ts'
import { LogFile } from './log-file.ts'
import { SqliteLog } from './sqlite-log.ts'

export interface SqliteLogOptions {
  /** How many partitions a new log gets: 1 to 1,024, 12 unless said. It stays as it is: a log that exists must have as many. */
  readonly partitions?: number
  readonly clock?: Clock
}

/**
 * Opens the log of a directory, and creates both where they are not there. One process at a time: fails with `LOG_HELD`
 * where another one has it, with `LOG_DAMAGED` where it can't be read. Others may follow it: see `openSqliteLogFollower`.
 */
export async function openSqliteLog(directory: string, options: SqliteLogOptions = {}): Promise<Log> {
  const parts = await openLogParts(directory, options)
  try {
    const log = new SqliteLog(parts)
    await log.admitFollowers(directory)
    return log
  } catch (error) {
    parts.file.close()
    parts.lock.release()
    throw error
  }
}

/** Apart from `openSqliteLog` so that tests can get at the worker. */
export async function openLogParts(
  directory: string,
  { partitions, clock = systemClock }: SqliteLogOptions,
): Promise<ConstructorParameters<typeof SqliteLog>[0]> {
  if (partitions !== undefined && !(Number.isInteger(partitions) && partitions >= 1 && partitions <= 1_024)) {
    throw new TypeError(`partitions: expected a whole number from 1 to 1024, got ${partitions}`)
  }
  await makeDirectory(directory, 'LOG_UNAVAILABLE')
  const lock = takeLock(directory, 'log', 'LOG_UNAVAILABLE')
  if ('heldBy' in lock) {
    const message = `data directory ${directory} is in use by ${lock.heldBy}: stop it or choose another directory`
    throw new MillraceError('LOG_HELD', message, { at: { directory } })
  }
  try {
    const path = join(directory, 'log.db')
    const file = LogFile.open(path, partitions)
    if (partitions !== undefined && file.partitions !== partitions) {
      file.close()
      throw new TypeError(
        `partitions: the log in ${directory} was created with ${file.partitions}, got ${partitions}. Keys would change their partition: keep ${file.partitions}, or choose another directory.`,
      )
    }
    return { file, worker: new DatabaseWorker({ writer: 'log', file: path }), lock, clock }
  } catch (error) {
    lock.release()
    throw error
  }
}
