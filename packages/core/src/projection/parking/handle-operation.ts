import { PARKED_SKIPPED, type ParkedDecision, type SkipDecision } from '../../operations/operations.ts'
import { eventData } from '../folding/event-data.ts'
import { reasonOf, tryEvent, type EventAt, type Fold } from '../folding/handle-event.ts'
import { ignore } from '../projection.ts'
import type { ParkedKey } from './parked-keys.ts'

/**
 * Does what an operator decided of a parked key: handles the events that wait, in order, up to where the log says so; the
 * first one not where it is to be skipped. The key is free then, or parked from the first that fails again.
 */
export async function handleOperation(fold: Fold, { batch, at, data }: EventAt): Promise<void> {
  const { projection, parking } = fold
  const { key, type } = batch.records[at]!
  const parked = parking.changes.get(key)
  const decision = data(at) as ParkedDecision | SkipDecision
  if (parked === undefined || decision.reader !== projection.name) return
  const isSkip = type === PARKED_SKIPPED
  if (isSkip && (decision as SkipDecision).offset !== parked.offset) return

  let again: ParkedKey | undefined
  for await (const event of eventsOf(fold, parked, { after: isSkip, until: batch.first + at })) {
    if (again !== undefined) {
      again = { ...again, waiting: again.waiting + 1 }
      continue
    }
    const error = await tryEvent(fold, event)
    if (error === undefined) continue
    const offset = event.batch.first + event.at
    const attempts = offset === parked.offset ? parked.attempts + 1 : 1
    again = { ...parked, offset, type: event.batch.records[event.at]!.type, waiting: 1, attempts, reason: reasonOf(error) }
  }
  parking.signal.throwIfAborted()
  if (again === undefined) {
    parking.changes.free(key)
    return
  }
  parking.changes.park(again)
  if (again.offset !== parked.offset) parking.changes.news.push(again)
}

/** The events of a parked key that wait, from the log. */
async function* eventsOf(
  { projection, parking }: Fold,
  { partition, key, offset: first }: ParkedKey,
  { after, until }: { readonly after: boolean; readonly until: number },
): AsyncGenerator<EventAt> {
  const from = after ? first + 1 : first
  if (from >= until) return
  for await (const batch of parking.log.read(partition, from, parking.signal)) {
    const data = eventData(batch)
    for (let at = Math.max(0, from - batch.first); at < batch.records.length && batch.first + at < until; at++) {
      const record = batch.records[at]!
      const handler = record.kind === 'event' && record.key === key ? projection.on[record.type] : undefined
      if (handler !== undefined && handler !== ignore) yield { batch, at, data }
    }
    if (batch.next >= until) return
  }
}
