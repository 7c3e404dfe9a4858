import { MillraceError } from '../../errors.ts'
import type { Batch } from '../../ports/log.ts'
import { eventData } from './event-data.ts'
import type { ModelTransaction, Origin } from './model-transaction.ts'
import type { Projection } from '../projection.ts'

/** Hands the events of `batch` from offset `from` on to the projection's handlers. Throws `READ_MODEL_STOPPED` where one does. */
export async function foldBatch(projection: Projection, transaction: ModelTransaction, batch: Batch, from: number): Promise<void> {
  const data = eventData(batch)
  const hasTables = projection.tables.length > 0
  for (let at = Math.max(0, from - batch.first); at < batch.records.length; at++) {
    const record = batch.records[at]!
    const handler = record.kind === 'event' ? projection.on[record.type] : undefined
    if (handler === undefined) continue
    const { key, timeMs, commandId, type } = record
    const origin = (): Origin => ({ partition: batch.partition, offset: batch.first + at, event: type })
    const context = { model: transaction, key, timeMs, commandId, ...(hasTables && { sql: transaction.sqlFor(origin()) }) }
    try {
      const done = handler(data(at) as never, context as never)
      if (done !== undefined) await done
    } catch (error) {
      // A store that can't be read is no fault of the handler that wanted to.
      if (error instanceof MillraceError && error.code.startsWith('STORE_')) throw error
      throw stoppedAt(projection, origin(), error)
    }
  }
}

/** A commit's failure: where the database refused a statement, with the event whose handler noted it. */
export function toFoldError(projection: Projection, transaction: ModelTransaction, error: unknown): unknown {
  if (!(error instanceof MillraceError) || error.code !== 'STATEMENT_REFUSED') return error
  const origin = transaction.originOf(Number(error.at['statement']))
  return origin === undefined ? error : stoppedAt(projection, origin, error)
}

function stoppedAt({ name }: Projection, origin: Origin, cause: unknown): MillraceError {
  const { partition, offset, event } = origin
  return new MillraceError(
    'READ_MODEL_STOPPED',
    `projection '${name}' could not handle ${event} at partition ${partition}, offset ${offset}: ${String(cause)}. ` +
      'It has stopped there and stored nothing of it; mend the handler and start again',
    { cause, at: { projection: name, ...origin } },
  )
}
