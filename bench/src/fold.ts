// Claim: how long a restart takes with 1,000,000 events in the log.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { start } from '@millrace/core'
import { openSqliteCheckpoints, openSqliteLog } from '@millrace/sqlite'
import { tickets } from '../../apps/tickets/src/app.ts'
import { isQuick, median, report, sleep, whole } from './shared/report.ts'
import { openShop, scheduleShow, seatAt } from './shared/shop.ts'

const EVENTS = isQuick ? 50_000 : 1_000_000
const ROUNDS = isQuick ? 1 : 3
const SHOWS = 1_000

/** Until the shards decide; the read models have their own checkpoints. */
async function startMs(directory: string, checkpoints: boolean): Promise<number> {
  const from = performance.now()
  const log = await openSqliteLog(directory)
  const shop = await start(
    { ...tickets, projections: [] },
    { log, ...(checkpoints && { checkpoints: await openSqliteCheckpoints(directory) }) },
  )
  while (!shop.status().ready) await sleep(2)
  const took = performance.now() - from
  await shop.stop()
  return took
}

const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-'))
try {
  {
    await using open = await openShop(directory, { keep: true, checkpoints: false })
    const { shop } = open
    for (let at = 0; at < SHOWS; at++) await scheduleShow(shop, `show-${at}`, 10, 40, 50)
    let n = 0
    const user = async (): Promise<void> => {
      // A hold is two records, its event and its timer.
      while (n < EVENTS / 2) {
        const at = n++
        await shop.send('HoldSeats', {
          showId: `show-${at % SHOWS}`,
          holdId: `h${at}`,
          customerId: `c${at}`,
          seats: [seatAt(Math.floor(at / SHOWS), 40, 50)],
        })
      }
    }
    await Promise.all(Array.from({ length: 1_000 }, user))
  }
  const without: number[] = []
  for (let round = 0; round < ROUNDS; round++) without.push(await startMs(directory, false))
  await startMs(directory, true) // leaves the checkpoint
  const withCheckpoint: number[] = []
  for (let round = 0; round < ROUNDS; round++) withCheckpoint.push(await startMs(directory, true))
  const seconds = (values: readonly number[]): string => `${(median(values) / 1_000).toFixed(2)} s`
  report(
    'fold',
    [
      {
        what: `start with ${whole(EVENTS)} records of events, no checkpoint`,
        measured: seconds(without),
        target: '≤ 5 s',
        isReached: median(without) <= 5_000,
      },
      {
        what: 'the same with a checkpoint',
        measured: seconds(withCheckpoint),
        target: '≤ 1 s',
        isReached: median(withCheckpoint) <= 1_000,
      },
    ],
    [
      `Median of ${ROUNDS}; half of the records are events, half the timers of holds (all pending). From opening the log until all 12 shards decide.`,
    ],
    { without, withCheckpoint },
  )
} finally {
  rmSync(directory, { recursive: true, force: true })
}
