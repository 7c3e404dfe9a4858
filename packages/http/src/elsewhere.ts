import { MillraceError, type Running } from '@millrace/core'

const elsewhere = (what: string): MillraceError =>
  new MillraceError('QUERIES_ELSEWHERE', `${what}: this instance has the role 'write'; ask one that has the role 'read', or 'all'`)

/** Throws `QUERIES_ELSEWHERE` where other instances answer queries. */
export function requireQueries({ role }: Running): void {
  if (role === 'write') throw elsewhere('queries are not answered here')
}

/** Throws `QUERIES_ELSEWHERE` where only other instances keep read models: a list of none would say that there are none. */
export function requireReadModels(running: Running): void {
  const { app, role } = running
  if (role === 'write' && app.projections.length > 0 && running.status().projections.length === 0)
    throw elsewhere('read models are not kept here')
}
