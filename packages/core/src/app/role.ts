import { MillraceError } from '../errors.ts'

const roles = ['all', 'write', 'read'] as const

/**
 * What an instance does of an app.
 * - `write`: it owns shards, decides what is sent to them and runs their reactors. It answers no queries, and keeps no read
 *   models of its own; where the store is shared, it folds the partitions it owns.
 * - `read`: it keeps read models and answers queries, and owns no shards. Commands that are sent to it go through the log to
 *   who decides them, and their answers come back the same way.
 * - `all`: both.
 */
export type Role = (typeof roles)[number]

export const ownsShards = (role: Role): boolean => role !== 'read'

export const answersQueries = (role: Role): boolean => role !== 'write'

export function requireRole(role: Role): void {
  if (roles.includes(role)) return
  throw new TypeError(`start: role: expected ${roles.map((each) => `'${each}'`).join(', ')}, got '${role as string}'`)
}

/** `what` is not to be had of an instance that only writes. */
export const queriesElsewhere = (what: string, at: MillraceError['at']): MillraceError =>
  new MillraceError('QUERIES_ELSEWHERE', `${what}: this instance has the role 'write'; ask one that has the role 'read', or 'all'`, { at })
