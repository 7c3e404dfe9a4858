import { MillraceError } from '../../errors.ts'
import { isOperation } from '../../operations/operations.ts'
import type { Batch } from '../../ports/log.ts'
import { handleOperation } from '../parking/handle-operation.ts'
import { parkOrThrow } from '../parking/park.ts'
import { ignore, type Projection } from '../projection.ts'
import { eventData } from './event-data.ts'
import { failedAt, handle, isHandlers, originOf, tryEvent, type Fold } from './handle-event.ts'
import type { ModelTransaction } from './model-transaction.ts'

/**
 * Hands the events of `batch` from offset `from` on to the projection's handlers. Throws `READ_MODEL_STOPPED` where one
 * throws: what it wrote is then in the transaction. `Parking.isCareful` keeps that out, and parks the key.
 */
export async function foldBatch(fold: Fold, batch: Batch, from: number): Promise<void> {
  const { projection, transaction, parking, slice } = fold
  const { changes, isCareful } = parking
  const data = eventData(batch)
  for (let at = Math.max(0, from - batch.first); at < batch.records.length; at++) {
    const record = batch.records[at]!
    if (slice.isOver) await slice.next()
    if (record.kind !== 'event') continue
    // What an operator has handled later is past from that moment on, not from the event's.
    transaction.history?.begin([batch.partition, batch.first + at, record.timeMs])
    const handler = projection.on[record.type]
    if (handler === undefined) {
      if (changes.size > 0 && isOperation(record.type)) await handleOperation(fold, { batch, at, data })
      continue
    }
    if (handler === ignore) continue
    const parked = changes.size > 0 ? changes.get(record.key) : undefined
    if (parked !== undefined) changes.park({ ...parked, waiting: parked.waiting + 1 })
    else if (isCareful) {
      const error = await tryEvent(fold, { batch, at, data })
      if (error !== undefined) await parkOrThrow(fold, { batch, at, data }, error)
    } else {
      try {
        const done = handle(projection, transaction, { batch, at, data })
        if (done !== undefined) await done
      } catch (error) {
        throw isHandlers(error) ? failedAt(projection, originOf(batch, at), error) : error
      }
    }
  }
}

/** A commit's failure: where the database refused a statement, with the event whose handler noted it. */
export function toFoldError(projection: Projection, transaction: ModelTransaction, error: unknown): unknown {
  if (!(error instanceof MillraceError) || error.code !== 'STATEMENT_REFUSED') return error
  const origin = transaction.originOf(Number(error.at['statement']))
  return origin === undefined ? error : failedAt(projection, origin, error)
}
