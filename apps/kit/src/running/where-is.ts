import path from 'node:path'
import type { LogTarget } from '../settings/index.ts'

/** Where a log or a store is, in words. */
export function whereIs(target: LogTarget, app: string): string {
  if (target.kind === 'kafka') return `Kafka at ${target.url.slice('kafka://'.length)}, topics ${app}.commands and ${app}.events`
  return target.kind === 'memory' ? 'in memory, gone when it stops' : path.resolve(target.directory)
}
