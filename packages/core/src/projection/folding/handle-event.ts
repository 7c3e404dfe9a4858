import { MillraceError } from '../../errors.ts'
import type { Batch } from '../../ports/log.ts'
import type { Slice } from '../../internal/slice.ts'
import type { Parking } from '../parking/parking.ts'
import type { Projection } from '../projection.ts'
import type { ModelTransaction, Origin } from './model-transaction.ts'

/** Of what was thrown, in characters. */
const MAX_REASON = 2_000

/** One transaction's fold. */
export interface Fold {
  readonly projection: Projection
  readonly transaction: ModelTransaction
  readonly parking: Parking
  /** Folding goes on for as long as there is something; those who ask must not wait for that. */
  readonly slice: Slice
}

export interface EventAt {
  readonly batch: Batch
  readonly at: number
  readonly data: (at: number) => unknown
}

/** Handles one event in a transaction of its own, which joins `fold`'s; or joins nothing, and resolves with what was thrown. */
export async function tryEvent(fold: Fold, event: EventAt): Promise<Error | undefined> {
  const { projection, transaction, parking } = fold
  const origin = originOf(event.batch, event.at)
  const refused = parking.refused.get(`${origin.partition}-${origin.offset}`)
  if (refused !== undefined) return refused
  const own = transaction.nested()
  try {
    await handle(projection, own, event)
  } catch (error) {
    if (!isHandlers(error)) throw error
    return failedAt(projection, origin, error)
  }
  transaction.join(own)
  return undefined
}

export function handle(projection: Projection, transaction: ModelTransaction, { batch, at, data }: EventAt): void | Promise<void> {
  const { key, timeMs, commandId, type } = batch.records[at]!
  const sql = projection.tables.length > 0 ? { sql: transaction.sqlFor(originOf(batch, at)) } : undefined
  return projection.on[type]!(data(at) as never, { model: transaction, key, timeMs, commandId, ...sql } as never)
}

export const originOf = ({ partition, first, records }: Batch, at: number): Origin => ({
  partition,
  offset: first + at,
  event: records[at]!.type,
})

/** Whether a handler threw it: a store or a log that can't be read is no fault of the handler that wanted to. */
export const isHandlers = (error: unknown): boolean => !(error instanceof MillraceError) || !/^(STORE|LOG)_/.test(error.code)

export function failedAt({ name }: Projection, origin: Origin, cause: unknown): MillraceError {
  const { partition, offset, event } = origin
  return new MillraceError(
    'READ_MODEL_STOPPED',
    `projection '${name}' could not handle ${event} at partition ${partition}, offset ${offset}: ${String(cause)}. ` +
      'It has stopped there and stored nothing of it; mend the handler and start again',
    { cause, at: { projection: name, ...origin } },
  )
}

/** What was thrown, for an operator. */
export function reasonOf(error: Error): string {
  const { cause } = error
  const said = cause instanceof Error || typeof cause === 'string' ? String(cause) : error.message
  return said.slice(0, MAX_REASON).toWellFormed()
}
