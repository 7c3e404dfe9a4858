/** Starts the hall on a log that has a past, in a fresh process, and says how long that took. */
import { start } from '@millrace/core'
import { openSqliteCheckpoints, openSqliteLog, openSqliteReadStore } from '@millrace/sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { serveParent } from '../shared/child.ts'
import { hall } from '../shared/hall.ts'

interface Settings {
  readonly directory: string
  readonly hasCheckpoints: boolean
}

export interface Restart {
  /** Opening the files, before `start`. */
  readonly openMs: number
  readonly shardsMs: number
  /** From calling `start` until `status().ready`. */
  readonly readyMs: number
  readonly rssBytes: number
  /** How many seats `show-0` has taken: the same with checkpoints as without. */
  readonly taken: number
  /** What a command for a seat that is taken is answered. */
  readonly refusal: string
}

await serveParent<Settings, object>(async ({ directory, hasCheckpoints }) => {
  const beginMs = performance.now()
  const log = await openSqliteLog(directory)
  const adapters = hasCheckpoints
    ? { checkpoints: await openSqliteCheckpoints(directory), store: await openSqliteReadStore(directory) }
    : {}
  const startMs = performance.now()
  const running = await start(hall, { log, ...adapters })
  let shardsMs = 0
  for (;;) {
    const { ready, shards, projections } = running.status()
    const stopped = projections.find(({ error }) => error !== undefined)?.error
    if (stopped !== undefined) throw stopped
    if (shardsMs === 0 && shards.length === log.partitions && shards.every(({ state }) => state === 'ready'))
      shardsMs = performance.now() - startMs
    if (ready && shardsMs > 0) break
    await sleep(2)
  }
  const readyMs = performance.now() - startMs
  const map = await running.query('seatMap', { showId: 'show-0' })
  const receipt = await running.send('HoldSeats', { showId: 'show-0', holdId: 'late', customerId: 'late', seats: ['A-1-1'] })
  const found: Restart = {
    openMs: startMs - beginMs,
    shardsMs,
    readyMs,
    rssBytes: process.memoryUsage().rss,
    taken: Object.keys(map?.taken ?? {}).length,
    refusal: receipt.outcome === 'rejected' ? receipt.code : receipt.outcome,
  }
  return { ready: found, answer: async () => undefined, close: () => running.stop() }
})
