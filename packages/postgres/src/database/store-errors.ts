import { MillraceError } from '@millrace/core'

/** What PostgreSQL says of an error beside its text. */
interface PostgresError extends Error {
  readonly code?: string
}

export const fencedError = (name: string, partition: number): MillraceError =>
  new MillraceError('STORE_FENCED', `partition ${partition} of read model '${name}' has been taken over by another instance`, {
    at: { model: name, partition },
  })

export const removedError = (name: string, cause?: unknown): MillraceError =>
  new MillraceError('STORE_FENCED', `read model '${name}' has been removed from the read store; this build of it is over`, {
    cause,
    at: { model: name },
  })

export const unavailable = (what: string, cause?: unknown): MillraceError =>
  new MillraceError('STORE_UNAVAILABLE', `the read store can't be used now: ${what}`, { cause })

/** The server as a whole. */
export const awayError = (where: string, cause?: unknown): MillraceError =>
  new MillraceError(
    'STORE_UNAVAILABLE',
    `the read store is away: ${where}, does not answer${whyOf(cause)}. Commands are decided; queries are answered as far as the answers are known here. It is tried until it is back.`,
    { cause },
  )

/** What the network or the server said, as its code: ECONNREFUSED, 57P03. */
function whyOf(cause: unknown): string {
  const { code, cause: deeper } = (cause ?? {}) as { readonly code?: string; readonly cause?: { readonly code?: string } }
  const found = deeper?.code ?? code
  return found === undefined || found === 'STORE_UNAVAILABLE' ? '' : ` (${found})`
}

export const damagedError = (what: string, cause?: unknown): MillraceError =>
  new MillraceError(
    'STORE_DAMAGED',
    `${what}. Look at the server's log; where its data is sound, drop the read store's schema and start again: it is folded anew from the log.`,
    { cause },
  )

/** What went wrong with a statement, in the codes of the port. `where` names server and database, never a password. */
export function toStoreError(error: unknown, where: string): MillraceError {
  if (error instanceof MillraceError) return error
  const { code = '', message } = error as PostgresError
  if (code === '53100') {
    return new MillraceError('STORE_FULL', `${where} has no room: nothing was stored. Make room on its disk; it is tried again.`, {
      cause: error,
    })
  }
  if (code === 'XX001' || code === 'XX002') return damagedError(`${where} says that its data is damaged: ${message}`, error)
  return unavailable(`${where}: ${message === '' ? code : message}`, error)
}

/** Why a server lets nobody in, or nobody work: what only a person can change. Undefined where it is something else. */
export function deniedError(error: unknown, where: string): MillraceError | undefined {
  const { code = '', message } = error as PostgresError
  const denied = (what: string): MillraceError => new MillraceError('STORE_DENIED', `${where}: ${what} (${message})`, { cause: error })
  const misconfigured = (what: string): MillraceError =>
    new MillraceError('STORE_MISCONFIGURED', `${where}: ${what} (${message})`, { cause: error })
  switch (code) {
    case '28P01':
      return denied('user and password are not those of the server. Mend them in the URL')
    case '28000':
      return denied('the server lets this user not in from here. See its pg_hba.conf, and whether it wants TLS (?sslmode=require)')
    case '42501':
      return denied('the user lacks a right. GRANT it, or let a user who has it start first')
    case '3D000':
      return misconfigured('there is no such database. CREATE DATABASE it, or mend the URL')
    case '25006':
      return misconfigured('the server only reads, as a standby does. Name the primary in the URL')
    default:
      return undefined
  }
}
