import { MillraceError } from '@millrace/core'
import { DatabaseSync } from 'node:sqlite'
import { DatabaseFailure, toFailure } from '../../worker/failure.ts'

const TRIES = 40
const PAUSE_MS = 25

/**
 * How far the log is that no owner tells of: `ends`, once that is durable. What the database shows need not be on the disk: an
 * owner that was killed may have written it and not synced it. So first it is made durable, as the next owner would: copied
 * from the WAL into the database, and synced. That is safe beside anybody who reads or writes. Undefined once `isOver`.
 */
export async function settledEnds(
  path: string,
  ends: () => readonly number[],
  isOver: () => boolean,
): Promise<readonly number[] | undefined> {
  for (let tries = 0; tries < TRIES; tries++) {
    if (isOver()) return undefined
    const found = ends()
    if (isSettled(path)) return found
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
  throw new MillraceError('LOG_UNAVAILABLE', `${path}: nobody tells how much of the log is durable. Start the process that owns it.`, {
    at: { file: path },
  })
}

function isSettled(path: string): boolean {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(path, { timeout: 1_000 })
    database.exec('PRAGMA synchronous = FULL')
    const { busy, log, checkpointed } = database.prepare('PRAGMA wal_checkpoint(PASSIVE)').get() as Readonly<Record<string, number>>
    return busy === 0 && log === checkpointed
  } catch (error) {
    const failure = toFailure(error, false)
    if (failure.kind === 'busy') return false
    const message = `what a killed owner left in ${path} can't be made durable: ${failure.message}. Mend that, or start the process that owns it first.`
    throw new MillraceError('LOG_UNAVAILABLE', message, { at: { file: path }, cause: new DatabaseFailure(failure) })
  } finally {
    database?.close()
  }
}
