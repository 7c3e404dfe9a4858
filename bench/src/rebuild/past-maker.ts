/** Fills a log with events as an app would have left them, but without deciding: as a timer's, so that no commands are needed. */
import type { NewRecord, OwnedShard } from '@millrace/core'
import { partitionOf } from '../../../packages/core/src/internal/hash.ts'
import { serveParent } from '../shared/child.ts'
import { openPast, PARTITIONS, type Past } from './open-past.ts'
import { workloads, type PastEvent } from './workloads.ts'

interface Settings extends Past {
  readonly events: number
  /** Records of one append. */
  readonly batch: number
}

await serveParent<Settings, object>(async ({ events, batch, ...past }) => {
  const { event, keys } = workloads[past.workload]
  const log = await openPast(past)
  const stop = new AbortController()
  let left = PARTITIONS
  const fill = async (shard: OwnedShard): Promise<void> => {
    const { partition } = shard
    const mine = keys(events).filter((key) => partitionOf(key, PARTITIONS) === partition)
    const share = Math.floor(events / PARTITIONS) + (partition < events % PARTITIONS ? 1 : 0)
    const pending = new Set<Promise<unknown>>()
    for (let first = 0; first < share; first += batch) {
      const records = Array.from({ length: Math.min(batch, share - first) }, (_, at) => toRecord(event(first + at, mine), first + at))
      const appended: Promise<unknown> = shard.append(records).then(() => pending.delete(appended))
      pending.add(appended)
      if (pending.size >= 5) await Promise.race(pending)
    }
    await Promise.all(pending)
    if (--left === 0) stop.abort()
  }
  await log.own(fill, stop.signal)
  await log[Symbol.asyncDispose]()
  return { ready: {}, answer: async () => undefined, close: async () => {} }
})

function toRecord({ type, key, data }: PastEvent, count: number): NewRecord {
  return {
    kind: 'event',
    type,
    key,
    timeMs: 1_700_000_000_000 + count,
    data: JSON.stringify(data),
    commandId: crypto.randomUUID(),
    index: 0,
    commandOffset: -1,
    fingerprint: 0,
  }
}
