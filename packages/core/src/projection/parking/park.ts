import { PARKED_SKIPPED, type SkipDecision } from '../../operations/operations.ts'
import { reasonOf, type EventAt, type Fold } from '../folding/handle-event.ts'
import { MAX_PARKED_KEYS } from './parked-keys.ts'
import type { Parking } from './parking.ts'

/** Parks the key of an event that could not be handled, or throws `error`. */
export async function parkOrThrow({ projection, parking }: Fold, { batch, at }: EventAt, error: Error): Promise<void> {
  const { changes, mayPark } = parking
  const { key, type, timeMs } = batch.records[at]!
  const { partition } = batch
  const offset = batch.first + at
  if (!mayPark) {
    if (await isSkipped(projection.name, { partition, offset, key }, parking)) return
    throw error
  }
  if (changes.size >= MAX_PARKED_KEYS) throw error
  const parked = { partition, key, offset, type, waiting: 1, sinceMs: timeMs, attempts: 1, reason: reasonOf(error) }
  changes.park(parked)
  changes.news.push(parked)
}

/** Whether an operator has had an event skipped: the log says so after it. */
async function isSkipped(
  reader: string,
  { partition, offset, key }: { readonly partition: number; readonly offset: number; readonly key: string },
  { log, signal }: Parking,
): Promise<boolean> {
  const end = (await log.ends())[partition] ?? 0
  if (offset + 1 >= end) return false
  for await (const batch of log.read(partition, offset + 1, signal)) {
    for (const record of batch.records) {
      if (record.type !== PARKED_SKIPPED || record.key !== key || record.kind !== 'event') continue
      const skipped = JSON.parse(record.data) as SkipDecision
      if (skipped.reader === reader && skipped.offset === offset) return true
    }
    if (batch.next >= end) break
  }
  return false
}
