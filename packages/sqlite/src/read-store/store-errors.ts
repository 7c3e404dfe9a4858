import { MillraceError } from '@millrace/core'
import { basename } from 'node:path'
import { DatabaseFailure, toFailure, type Failure } from '../worker/failure.ts'

export const damagedError = (what: string, file: string, cause?: unknown): MillraceError =>
  new MillraceError(
    'STORE_DAMAGED',
    `${what}. Stop, delete ${basename(file)} and what begins with its name, and start again: it is folded anew from the log.`,
    { cause },
  )

export const fencedError = (name: string): MillraceError =>
  new MillraceError(
    'STORE_FENCED',
    `read model '${name}' has been opened by another owner; this one has stopped. ` +
      'Where another process has the same directory for its read models, give each its own and start this one again',
    { at: { model: name } },
  )

export function toStoreError(failure: Failure, file: string): MillraceError {
  if (failure.kind === 'refused') {
    const { statement } = failure.place ?? {}
    return new MillraceError('STATEMENT_REFUSED', `SQLite refused a statement, and nothing was stored: ${failure.message}`, {
      at: statement === undefined ? {} : { statement },
      cause: new DatabaseFailure(failure),
    })
  }
  if (failure.kind === 'full')
    return new MillraceError('STORE_FULL', 'the read store has no room: nothing was stored. Make room on its disk, then again.', {
      cause: new DatabaseFailure(failure),
    })
  if (failure.kind === 'damaged')
    return damagedError(`the read store can't be read: ${failure.message}`, file, new DatabaseFailure(failure))
  return new MillraceError('STORE_UNAVAILABLE', `the read store can't be used: ${failure.message}`, { cause: new DatabaseFailure(failure) })
}

/** Of the model that was to be opened. */
export function toMigrationError(name: string, file: string, failure: Failure): MillraceError {
  const at = { model: name, file: basename(file) }
  const cause = new DatabaseFailure(failure)
  if (failure.kind === 'changed') {
    const what = `tables of read model '${name}': ${failure.message}. Put it back and append what is to change, or raise the projection's version`
    return new MillraceError('MIGRATIONS_CHANGED', what, { at, cause })
  }
  const what = `tables of read model '${name}': ${failure.message}. Nothing of it was made; mend it and start again`
  return new MillraceError('STATEMENT_REFUSED', what, { at, cause })
}

/** Runs a read on the main thread's connection. */
export function reading<Result>(file: string, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    throw error instanceof MillraceError ? error : toStoreError(toFailure(error, false), file)
  }
}
