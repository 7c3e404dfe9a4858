import path from 'node:path'
import type { LogTarget, StoreTarget } from '../settings/index.ts'

/** Where a log or a store is, in words. */
export function whereIs(target: LogTarget | StoreTarget, app: string): string {
  if (target.kind === 'kafka') return `Kafka at ${target.url.slice('kafka://'.length)}, topics ${app}.commands and ${app}.events`
  if (target.kind === 'postgres') return `PostgreSQL at ${new URL(target.url).host}, shared by all instances`
  if (target.kind === 'temporary') return 'in a temporary SQLite database, gone when it stops'
  return target.kind === 'memory' ? 'in memory, gone when it stops' : path.resolve(target.directory)
}
