/**
 * What went wrong in a database, as far as an answer to it differs:
 * - `full`: no room. The transaction was rolled back; the same again works once there is room.
 * - `io`: the disk failed. What a later call says about the same bytes can't be trusted (PostgreSQL's "fsyncgate").
 * - `damaged`: what is stored can't be read.
 * - `busy`: another process holds it. `crashed`: the worker ended. `other`: none of these.
 */
export type FailureKind = 'full' | 'io' | 'damaged' | 'busy' | 'crashed' | 'other'

/** A failure as it crosses from the worker. */
export interface Failure {
  readonly kind: FailureKind
  readonly message: string
  /** True where the transaction may be stored all the same: it failed while it was being committed, or nobody knows. */
  readonly outcomeUnknown: boolean
}

/** https://sqlite.org/rescode.html: the low byte is the primary code. */
const kinds: Readonly<Record<number, FailureKind>> = { 5: 'busy', 8: 'io', 10: 'io', 11: 'damaged', 13: 'full', 14: 'io', 26: 'damaged' }

/** The index of a WAL could not grow: SQLite calls it an I/O error, and it is a full disk. */
const IOERR_SHMSIZE = 10 | (19 << 8)

export function toFailure(error: unknown, committing: boolean): Failure {
  const { errcode, message } = error as { readonly errcode?: number; readonly message?: string }
  const kind = errcode === undefined ? 'other' : errcode === IOERR_SHMSIZE ? 'full' : (kinds[errcode & 0xff] ?? 'other')
  return { kind, message: message ?? String(error), outcomeUnknown: committing && kind !== 'full' && kind !== 'busy' }
}

/** Carries a `Failure` on the main thread, as the cause of the error that a caller gets. */
export class DatabaseFailure extends Error {
  override readonly name = 'DatabaseFailure'
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}
