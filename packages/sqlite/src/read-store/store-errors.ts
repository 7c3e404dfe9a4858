import { MillraceError } from '@millrace/core'
import { DatabaseFailure, toFailure, type Failure } from '../worker/failure.ts'

export const damagedError = (what: string, cause?: unknown): MillraceError =>
  new MillraceError(
    'STORE_DAMAGED',
    `${what}. Stop, delete read.db and what begins with its name, and start again: it is folded anew from the log.`,
    { cause },
  )

export const fencedError = (name: string): MillraceError =>
  new MillraceError('STORE_FENCED', `read model '${name}' has been opened by another owner; this one has stopped`, { at: { model: name } })

export function toStoreError(failure: Failure): MillraceError {
  if (failure.kind === 'full')
    return new MillraceError('STORE_FULL', 'the read store has no room: nothing was stored. Make room on its disk, then again.', {
      cause: new DatabaseFailure(failure),
    })
  if (failure.kind === 'damaged') return damagedError(`the read store can't be read: ${failure.message}`, new DatabaseFailure(failure))
  return new MillraceError('STORE_UNAVAILABLE', `the read store can't be used: ${failure.message}`, { cause: new DatabaseFailure(failure) })
}

/** Runs a read on the main thread's connection. */
export function reading<Result>(read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    throw error instanceof MillraceError ? error : toStoreError(toFailure(error, false))
  }
}
