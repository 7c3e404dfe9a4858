import type { Log } from '@millrace/core'
import { join, resolve } from 'node:path'
import { LogFile } from '../log-file.ts'
import { SqliteLogFollower } from './sqlite-log-follower.ts'

/**
 * Follows the log of a directory that another process of this machine and of the same user owns (with `openSqliteLog`), so
 * that an app's read side can run in a process of its own. Up to 64 may follow.
 *
 * It reads as the owner does, from what the owner tells within the same millisecond or so and from the same database;
 * only what is durable, ever. `submit` passes commands on. It has no shards to give: `own` fails.
 *
 * While the owner is away, also at the start, reads go on from what is there and `trouble()` says so; it connects by itself
 * once the owner is back. Where that has less than it had, or is another log, all fails with `LOG_DAMAGED` until this
 * process is started again.
 *
 * The two meet at `log.sock` in the directory; where the path is longer than 96 bytes, in the system's directory for
 * temporary files, which must then be the same for both (systemd's `PrivateTmp` makes it another).
 *
 * Fails with `LOG_UNAVAILABLE` where the directory holds no log yet: the owner must have been there first; with
 * `LOG_DAMAGED` where it can't be read.
 */
export async function openSqliteLogFollower(directory: string): Promise<Log> {
  const absolute = resolve(directory)
  const follower = new SqliteLogFollower(absolute, LogFile.openToFollow(join(absolute, 'log.db')))
  try {
    await follower.open()
    return follower
  } catch (error) {
    await follower[Symbol.asyncDispose]()
    throw error
  }
}
