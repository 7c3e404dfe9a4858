/** Fills a log with commands and their events, as an app would have left them, but without deciding. */
import type { NewCommand, NewRecord, OwnedShard } from '@millrace/core'
import { openSqliteLog } from '@millrace/sqlite'
import { partitionOf } from '../../../packages/core/src/internal/hash.ts'
import { serveParent } from '../shared/child.ts'
import { SHOWS } from '../shared/hall.ts'
import { showIds } from '../shared/shows.ts'

interface Settings {
  readonly directory: string
  readonly partitions: number
  readonly events: number
  /** Records of one append. */
  readonly batch: number
}

await serveParent<Settings, object>(async ({ directory, partitions, events, batch }) => {
  const log = await openSqliteLog(directory, { partitions })
  const startMs = performance.now()
  const stop = new AbortController()
  let left = partitions
  const fill = async (shard: OwnedShard): Promise<void> => {
    const { partition } = shard
    const keys = showIds(SHOWS).filter((key) => partitionOf(key, partitions) === partition)
    const share = Math.floor(events / partitions) + (partition < events % partitions ? 1 : 0)
    const pending = new Set<Promise<unknown>>()
    for (let first = 0; first < share; first += batch) {
      const commands = Array.from({ length: Math.min(batch, share - first) }, (_, at) => toCommand(partition, first + at, keys))
      const appended: Promise<unknown> = Promise.all([
        ...commands.map((command) => log.submit(partition, command)),
        shard.append(commands.map((command, at) => toRecord(command, first + at))),
      ]).then(() => pending.delete(appended))
      pending.add(appended)
      if (pending.size >= 8) await Promise.race(pending)
    }
    await Promise.all(pending)
    if (--left === 0) stop.abort()
  }
  await log.own(fill, stop.signal)
  await log[Symbol.asyncDispose]()
  return { ready: { seconds: (performance.now() - startMs) / 1_000 }, answer: async () => undefined, close: async () => {} }
})

/** First opens each of the partition's shows, then takes one fresh seat of each in turn. */
function toCommand(partition: number, count: number, keys: readonly string[]): NewCommand {
  const showId = keys[count % keys.length]!
  const row = Math.floor(count / keys.length)
  const name = `${partition}-${count}`
  const data = row === 0 ? { showId } : { showId, holdId: `hold-${name}`, customerId: `customer-${name}`, seats: [`A-${row}-1`] }
  return {
    id: crypto.randomUUID(),
    type: row === 0 ? 'OpenShow' : 'HoldSeats',
    key: showId,
    timeMs: 1_700_000_000_000 + count,
    data: JSON.stringify(data),
  }
}

function toRecord({ id, type, key, timeMs, data: command }: NewCommand, count: number): NewRecord {
  const { holdId, customerId, seats } = JSON.parse(command) as Readonly<Record<string, unknown>>
  return {
    kind: 'event',
    type: type === 'OpenShow' ? 'ShowOpened' : 'SeatsHeld',
    key,
    timeMs,
    data: JSON.stringify({ holdId, customerId, seats }),
    commandId: id,
    index: 0,
    commandOffset: count,
    fingerprint: 0,
  }
}
