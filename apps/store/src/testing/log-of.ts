/** A log in memory that holds what has happened, as `happened` says it: for what is folded from a past. */
import { createMemoryLog, type Log, type NewRecord } from '@millrace/core'
import type { happened } from '@millrace/testing'

type History = readonly ReturnType<typeof happened>[]

export async function logOf(history: History): Promise<Log> {
  const log = createMemoryLog({ partitions: 1 })
  await appendPast(log, history)
  return log
}

/** The same, in a log that is there: in its first partition, while nobody else writes to it. */
export async function appendPast(log: Log, history: History): Promise<void> {
  const records = history.flatMap(({ key, timeMs, events }, at) =>
    events.map(({ type, data }, index): NewRecord => ({
      kind: 'event',
      type,
      key,
      timeMs,
      data: JSON.stringify(data),
      commandId: `past-${at}`,
      index,
      commandOffset: -1,
      fingerprint: 0,
    })),
  )
  const stop = new AbortController()
  let left = log.partitions
  await log.own(async (shard) => {
    if (shard.partition === 0 && records.length > 0) await shard.append(records)
    if (--left === 0) stop.abort()
  }, stop.signal)
}
