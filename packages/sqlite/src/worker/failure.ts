/**
 * What went wrong in a database, as far as an answer to it differs:
 * - `full`: no room. The transaction was rolled back; the same again works once there is room.
 * - `io`: the disk failed. What a later call says about the same bytes can't be trusted (PostgreSQL's "fsyncgate").
 * - `damaged`: what is stored can't be read.
 * - `refused`: what a projection says in SQL is wrong, or breaks a constraint. Nothing of the transaction is stored.
 * - `changed`: a migration that has run is another one now.
 * - `busy`: another process holds it. `crashed`: the worker ended. `other`: none of these.
 */
export type FailureKind = 'refused' | 'changed' | 'full' | 'io' | 'damaged' | 'busy' | 'crashed' | 'other'

/** A failure as it crosses from the worker. */
export interface Failure {
  readonly kind: FailureKind
  readonly message: string
  /** True where the transaction may be stored all the same: it failed while it was being committed, or nobody knows. */
  readonly outcomeUnknown: boolean
  /** Of a statement that was refused in a commit: the commit's place in its group, and the statement's in that. */
  readonly place?: { readonly commit: number; readonly statement: number }
}

/** SQLite refuses a projection's SQL. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly place: Failure['place']

  constructor(message: string, place?: Failure['place']) {
    super(message)
    this.place = place
  }
}

/** A migration that has run is another one now. */
export class Changed extends Error {
  override readonly name = 'Changed'
}

/** https://sqlite.org/rescode.html: the low byte is the primary code. */
const kinds: Readonly<Record<number, FailureKind>> = { 5: 'busy', 8: 'io', 10: 'io', 11: 'damaged', 13: 'full', 14: 'io', 26: 'damaged' }

/** The index of a WAL could not grow: SQLite calls it an I/O error, and it is a full disk. */
const IOERR_SHMSIZE = 10 | (19 << 8)

export function toFailure(error: unknown, committing: boolean): Failure {
  if (error instanceof Refused)
    return { kind: 'refused', message: error.message, outcomeUnknown: false, ...(error.place && { place: error.place }) }
  if (error instanceof Changed) return { kind: 'changed', message: error.message, outcomeUnknown: false }
  const { errcode, message } = error as { readonly errcode?: number; readonly message?: string }
  const kind = errcode === undefined ? 'other' : errcode === IOERR_SHMSIZE ? 'full' : (kinds[errcode & 0xff] ?? 'other')
  return { kind, message: message ?? String(error), outcomeUnknown: committing && !['full', 'busy', 'refused'].includes(kind) }
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
