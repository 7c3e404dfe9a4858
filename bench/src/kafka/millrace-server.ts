/** The app of `millrace-app.ts` on Kafka, in a process of its own. Ready once it runs, whether or not it has caught up. */
import { start, type App } from '@millrace/core'
import { openKafkaLog, type KafkaLogOptions } from '@millrace/kafka'
import { openSqliteCheckpoints } from '@millrace/sqlite'
import { serveParent } from '../shared/child.ts'
import { reservations } from './millrace-app.ts'

export interface MillraceSettings extends KafkaLogOptions {
  /** Where shards keep what they folded (default: nowhere). */
  readonly checkpoints?: string
}

export interface MillraceRequest {
  /** Asks for a seat in each of these shows. Answered when all are: each with its outcome, a rejected one with its code. */
  readonly reserve?: { readonly shows: readonly string[]; readonly seat: string; readonly timeoutMs: number }
}

export interface MillraceStatus {
  /** Shards that decide. */
  readonly ready: number
  /** Commands that have been decided in the shards it has, by whoever had them before, too. */
  readonly decided: number
  /** Commands whose answers it has seen in the log since it started. */
  readonly answered: number
}

await serveParent<MillraceSettings, MillraceRequest>(async ({ checkpoints, ...options }) => {
  const app: App = reservations(options.app)
  const log = await openKafkaLog(options)
  const running = await start(app, { log, ...(checkpoints !== undefined && { checkpoints: await openSqliteCheckpoints(checkpoints) }) })
  return {
    ready: {},
    async answer({ reserve }): Promise<MillraceStatus | readonly string[]> {
      if (reserve === undefined) {
        const { accepted, rejected } = running.counters()
        const ready = running.status().shards.filter(({ state }) => state === 'ready')
        return {
          ready: ready.length,
          decided: ready.reduce((sum, { nextCommand }) => sum + nextCommand, 0),
          answered: accepted + rejected,
        }
      }
      const { shows, seat, timeoutMs } = reserve
      const sent = shows.map((showId) => running.send('ReserveSeat', { showId, seat, customerId: 'bench' }, { timeoutMs }))
      return (await Promise.all(sent)).map((receipt) => (receipt.outcome === 'rejected' ? receipt.code : receipt.outcome))
    },
    close: () => running.stop(),
  }
})
