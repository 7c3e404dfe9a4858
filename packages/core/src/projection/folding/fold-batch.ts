import { MillraceError } from '../../errors.ts'
import type { Batch } from '../../ports/log.ts'
import { eventData } from './event-data.ts'
import type { ModelTransaction } from './model-transaction.ts'
import type { EventContext, Projection } from '../projection.ts'

/** Hands the events of `batch` from offset `from` on to the projection's handlers. Throws `READ_MODEL_STOPPED` where one does. */
export async function foldBatch(projection: Projection, transaction: ModelTransaction, batch: Batch, from: number): Promise<void> {
  const data = eventData(batch)
  for (let at = Math.max(0, from - batch.first); at < batch.records.length; at++) {
    const record = batch.records[at]!
    const handler = record.kind === 'event' ? projection.on[record.type] : undefined
    if (handler === undefined) continue
    const { key, timeMs, commandId } = record
    const context: EventContext<never> = { model: transaction as never, key, timeMs, commandId }
    try {
      const done = handler(data(at) as never, context)
      if (done !== undefined) await done
    } catch (error) {
      // A store that can't be read is no fault of the handler that wanted to.
      if (error instanceof MillraceError && error.code.startsWith('STORE_')) throw error
      const at_ = { projection: projection.name, partition: batch.partition, offset: batch.first + at, event: record.type }
      throw new MillraceError(
        'READ_MODEL_STOPPED',
        `projection '${projection.name}' could not handle ${record.type} at partition ${batch.partition}, offset ${at_.offset}: ${String(error)}. ` +
          'It has stopped there and stored nothing of it; mend the handler and start again',
        { cause: error, at: at_ },
      )
    }
  }
}
