import { MillraceError, type ErrorCode } from '@millrace/core'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { toFailure } from './worker/failure.ts'

export interface Lock {
  release(): void
}

/** Who holds it: a sentence's part, such as "process 1234, started 2026-01-31T12:00:00.000Z". */
export interface Held {
  readonly heldBy: string
}

/**
 * Takes `<name>.lock` of a directory for this process. It is a database whose exclusive transaction is held, so the lock
 * ends with the process, however that ends. The file must never be opened except through SQLite: closing any descriptor
 * of it would drop the process's POSIX locks. Who holds it stands in `<name>.owner`, for the message alone.
 */
export function takeLock(directory: string, name: string, code: ErrorCode): Lock | Held {
  const ownerFile = join(directory, `${name}.owner`)
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(join(directory, `${name}.lock`), { timeout: 0 })
    database.exec('PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE')
  } catch (error) {
    database?.close()
    if (toFailure(error, false).kind === 'busy') return { heldBy: ownerIn(ownerFile) }
    throw new MillraceError(code, `data directory ${directory} can't be locked: ${(error as Error).message}`, {
      at: { directory },
      cause: error,
    })
  }
  const owner = { pid: process.pid, started: new Date(performance.timeOrigin).toISOString() }
  try {
    writeFileSync(`${ownerFile}.new`, JSON.stringify(owner))
    renameSync(`${ownerFile}.new`, ownerFile)
  } catch {
    // The disk is full, perhaps: the lock holds all the same, only the message to others will be less exact.
    rmSync(ownerFile, { force: true })
  }
  return { release: () => database.close() }
}

function ownerIn(file: string): string {
  try {
    const { pid, started } = JSON.parse(readFileSync(file, 'utf8')) as { readonly pid: number; readonly started: string }
    return pid === process.pid ? 'this process already' : `process ${pid}, started ${started}`
  } catch {
    return 'another process'
  }
}
