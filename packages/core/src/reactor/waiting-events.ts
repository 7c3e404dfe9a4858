import { PARKED_SKIPPED, type SkipDecision } from '../operations/operations.ts'
import type { Log, NewRecord } from '../ports/log.ts'
import type { ParkedReaction } from './progress.ts'

export interface WaitingRange {
  readonly partition: number
  readonly key: string
  readonly from: number
  readonly until: number
}

/** A key's events from one offset to before another, from the log. Ends early where `signal` aborts. */
export async function* waitingEvents(
  log: Pick<Log, 'read'>,
  { partition, key, from, until }: WaitingRange,
  signal: AbortSignal,
): AsyncGenerator<{ readonly record: NewRecord; readonly offset: number }> {
  for await (const { first, next, records } of log.read(partition, from, signal)) {
    for (let at = Math.max(0, from - first); at < records.length && first + at < until; at++) {
      const record = records[at]!
      if (record.kind === 'event' && record.key === key) yield { record, offset: first + at }
    }
    if (next >= until) return
  }
}

/**
 * Whether the operation at `offset` is about what waits now. Who has the first event skipped names it: by then, it may be
 * another one that waits, unless it is this very operation that has come so far.
 */
export function isMeant({ type, data }: NewRecord, offset: number, parked: ParkedReaction): boolean {
  if (parked.triedAt >= offset) return false
  return type !== PARKED_SKIPPED || parked.begunBy === offset || (JSON.parse(data) as SkipDecision).offset === parked.offset
}
