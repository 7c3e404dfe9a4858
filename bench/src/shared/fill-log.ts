import type { Log, NewRecord, OwnedShard } from '@millrace/core'

/** Appends to each partition what `batchesOf` makes for it, a few appends under way at once. */
export async function fillLog(log: Log, batchesOf: (partition: number) => Iterable<readonly NewRecord[]>): Promise<void> {
  const stop = new AbortController()
  let left = log.partitions
  const fill = async (shard: OwnedShard): Promise<void> => {
    const pending = new Set<Promise<unknown>>()
    for (const records of batchesOf(shard.partition)) {
      const appended: Promise<unknown> = shard.append(records).then(() => pending.delete(appended))
      pending.add(appended)
      if (pending.size >= 5) await Promise.race(pending)
    }
    await Promise.all(pending)
    if (--left === 0) stop.abort()
  }
  await log.own(fill, stop.signal)
}

/** An event as a timer's would be: no command is needed for it. */
export const toPastRecord = (
  { type, key, data }: { readonly type: string; readonly key: string; readonly data: object },
  timeMs: number,
): NewRecord => ({
  kind: 'event',
  type,
  key,
  timeMs,
  data: JSON.stringify(data),
  commandId: crypto.randomUUID(),
  index: 0,
  commandOffset: -1,
  fingerprint: 0,
})
