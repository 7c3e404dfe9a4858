/** Fills a log with events as an app would have left them, but without deciding: as a timer's, so that no commands are needed. */
import type { NewRecord } from '@millrace/core'
import { partitionOf } from '../../../packages/core/src/internal/hash.ts'
import { serveParent } from '../shared/child.ts'
import { fillLog, toPastRecord } from '../shared/fill-log.ts'
import { openPast, PARTITIONS, type Past } from './open-past.ts'
import { workloads } from './workloads.ts'

interface Settings extends Past {
  readonly events: number
  /** Records of one append. */
  readonly batch: number
}

await serveParent<Settings, object>(async ({ events, batch, ...past }) => {
  const { event, keys } = workloads[past.workload]
  const log = await openPast(past)
  await fillLog(log, function* (partition): Iterable<readonly NewRecord[]> {
    const mine = keys(events).filter((key) => partitionOf(key, PARTITIONS) === partition)
    const share = Math.floor(events / PARTITIONS) + (partition < events % PARTITIONS ? 1 : 0)
    for (let first = 0; first < share; first += batch) {
      yield Array.from({ length: Math.min(batch, share - first) }, (_, at) =>
        toPastRecord(event(first + at, mine), 1_700_000_000_000 + first + at),
      )
    }
  })
  await log[Symbol.asyncDispose]()
  return { ready: {}, answer: async () => undefined, close: async () => {} }
})
