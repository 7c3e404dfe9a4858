import { MillraceError } from '@millrace/core'
import { DatabaseFailure, type Failure } from '../worker/failure.ts'

/** True where nothing more can be written until the process has started again and read what is really on the disk. */
export const isFinal = ({ kind }: Failure): boolean => kind === 'io' || kind === 'damaged'

/** What the caller of `submit` or `append` gets. */
export function toLogError(failure: Failure, { table, partition }: { readonly table: string; readonly partition: number }): MillraceError {
  const options = { at: { table, partition }, cause: new DatabaseFailure(failure) }
  if (failure.kind === 'full') {
    return new MillraceError('LOG_FULL', 'the log has no room: nothing was stored. Make room on its disk; it goes on by itself.', options)
  }
  const then = isFinal(failure) ? ' The log takes nothing more until the process is started again: check the disk first.' : ''
  return failure.outcomeUnknown
    ? new MillraceError('LOG_OUTCOME_UNKNOWN', `whether this was stored is not known: ${failure.message}.${then}`, options)
    : new MillraceError('LOG_UNAVAILABLE', `this was not stored: ${failure.message}.${then}`, options)
}

export const readOnlyError = (failure: Failure): MillraceError =>
  new MillraceError(
    'LOG_UNAVAILABLE',
    `the log takes nothing more, since its disk failed: ${failure.message}. Check the disk, then start the process again.`,
    { cause: new DatabaseFailure(failure) },
  )

export const closedError = (): MillraceError => new MillraceError('LOG_CLOSED', 'the log is closed')

export const takingError = (): MillraceError => new MillraceError('LOG_UNAVAILABLE', 'the shards are being taken')

export const fencedError = (epoch: number): MillraceError =>
  new MillraceError('LOG_FENCED', `the shards have a newer owner than epoch ${epoch}; this one has stopped`, { at: { epoch } })

/** What a shard's appends get after one of its log's commits failed. */
export const lostError = (failure: Failure): MillraceError =>
  failure.kind === 'full'
    ? new MillraceError('LOG_FULL', 'an append before this one found no room: nothing was stored, and the shard was given up')
    : new MillraceError('LOG_UNAVAILABLE', `an append before this one failed, so this was not stored: ${failure.message}`, {
        cause: new DatabaseFailure(failure),
      })
