import type { Batch, Log } from '../../ports/log.ts'
import type { DocumentReader, Write } from '../../ports/read-store.ts'
import { MillraceError } from '../../errors.ts'
import { Slice } from '../../internal/slice.ts'
import type { Clock } from '../../ports/clock.ts'
import { ParkingChanges, type ParkedKeys } from '../parking/parked-keys.ts'
import { historyOf } from '../history/history-writer.ts'
import type { Projection } from '../projection.ts'
import { foldBatch } from './fold-batch.ts'
import { ModelTransaction } from './model-transaction.ts'

export interface GroupContext {
  readonly projection: Projection
  readonly log: Log
  readonly clock: Clock
  readonly signal: AbortSignal
  /** What the handlers read. */
  readonly reader: DocumentReader
  readonly parked: ParkedKeys
  readonly mayPark: boolean
  readonly refused: Refused
  /** See `Parking.isCareful`. */
  readonly isCareful: boolean
}

/** What the handlers made of some batches, to be stored in one commit. */
export interface FoldedGroup {
  readonly transaction: ModelTransaction
  /** Those of the handlers, and what becomes of keys that are parked. */
  readonly writes: ReadonlyMap<string, Write>
  readonly changes: ParkingChanges
}

/** Folds `batches` in one transaction, of each what is at or after the offset `from` has for its partition. */
export async function foldGroup(batches: readonly Batch[], from: ReadonlyMap<number, number>, context: GroupContext): Promise<FoldedGroup> {
  const { projection, reader, parked, clock, ...rest } = context
  const transaction = new ModelTransaction(reader, historyOf(projection))
  const changes = new ParkingChanges(parked)
  const next = new Map(from)
  const slice = new Slice(clock)
  for (const batch of batches) {
    await foldBatch({ projection, transaction, parking: { ...rest, changes }, slice }, batch, next.get(batch.partition) ?? 0)
    next.set(batch.partition, batch.next)
  }
  return { transaction, changes, writes: changes.addTo(await transaction.writes()) }
}

/** Where an error is an event's that could not be handled: `partition-offset`. */
export const eventIn = (error: unknown): string | undefined =>
  error instanceof MillraceError && error.code === 'READ_MODEL_STOPPED' && typeof error.at['offset'] === 'number'
    ? `${error.at['partition']}-${error.at['offset']}`
    : undefined

/** Events whose statements the database has refused, as `partition-offset`, with why. */
export type Refused = ReadonlyMap<string, Error>

/** Takes `error` into `refused`, where a database refused an event's statement: all since the last commit is then folded again. */
export function noteRefused(refused: Map<string, Error>, error: unknown): boolean {
  const at = eventIn(error)
  const { cause } = error as Error
  if (at === undefined || refused.has(at) || !(cause instanceof MillraceError) || cause.code !== 'STATEMENT_REFUSED') return false
  refused.set(at, error as Error)
  return true
}
