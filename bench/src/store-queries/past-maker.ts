/** Fills a log with orders of the past, as the store would have left them; its reactors have seen them all. */
import type { NewRecord } from '@millrace/core'
import { openSqliteLog } from '@millrace/sqlite'
import { partitionOf } from '../../../packages/core/src/internal/hash.ts'
import { serveParent } from '../shared/child.ts'
import { fillLog, toPastRecord } from '../shared/fill-log.ts'
import { eventsOf, pastOrderId, placedAtMs } from './past-orders.ts'

interface Settings {
  readonly directory: string
  readonly partitions: number
  readonly orders: number
}

/** Records of one append, at least. */
const BATCH = 500
const REACTORS = ['stock-keeping', 'payments']

/** A reactor has seen all before offset `next`. */
const reacted = (reactor: string, next: number, timeMs: number): NewRecord => ({
  ...toPastRecord({ type: 'reacted', key: '', data: { reactor, next } }, timeMs),
  kind: 'reacted',
})

await serveParent<Settings, object>(async ({ directory, partitions, orders }) => {
  const log = await openSqliteLog(directory, { partitions })
  await fillLog(log, function* (partition): Iterable<readonly NewRecord[]> {
    let batch: NewRecord[] = []
    let written = 0
    for (let n = 0; n < orders; n++) {
      if (partitionOf(pastOrderId(n), partitions) !== partition) continue
      for (const event of eventsOf(n)) batch.push(toPastRecord(event, placedAtMs(n)))
      if (batch.length < BATCH) continue
      yield batch
      written += batch.length
      batch = []
    }
    // One offset more: the marker of who fills it.
    const next = written + batch.length + 1
    yield [...batch, ...REACTORS.map((reactor) => reacted(reactor, next, placedAtMs(orders)))]
  })
  await log[Symbol.asyncDispose]()
  return { ready: {}, answer: async () => undefined, close: async () => {} }
})
