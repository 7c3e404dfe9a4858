/** An app on the embedded log, served over HTTP in a process of its own. */
import { start, type Running } from '@millrace/core'
import { serve } from '@millrace/http'
import { openSqliteLog } from '@millrace/sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { tickets } from '../../../apps/tickets/src/app.ts'
import { serveParent } from '../shared/child.ts'
import { drive, type Driven } from '../shared/drive.ts'
import { hall, holdSeats } from '../shared/hall.ts'
import { expectAccepted, planOf, takeHalf } from '../shared/shows.ts'

export interface ServerSettings {
  readonly directory: string
  readonly app: 'hall' | 'tickets'
  /** Scheduled at start, where the app is `tickets`. */
  readonly shows?: { readonly hall: 'theatre' | 'arena'; readonly ids: readonly string[]; readonly isHalfTaken?: boolean }
}

export interface Usage {
  /** Milliseconds of all threads of the process. */
  readonly cpuMs: number
  readonly rssBytes: number
  readonly heapBytes: number
}

await serveParent<ServerSettings, { readonly usage?: true; readonly driveMs?: number }>(async ({ directory, app, shows }) => {
  const log = await openSqliteLog(directory)
  const running = (await start(app === 'hall' ? hall : tickets, { log })) as Running<typeof tickets>
  while (!running.status().ready) await sleep(5)
  for (const id of shows?.ids ?? []) {
    const plan = planOf(shows?.hall ?? 'theatre', id)
    await expectAccepted(running.send('ScheduleShow', plan))
    if (shows?.isHalfTaken === true) await takeHalf(running, plan)
  }
  const server = await serve(running as unknown as Running, { port: 0 })
  let count = 0
  return {
    ready: { port: Number(new URL(server.url).port) },
    async answer({ driveMs }): Promise<Usage | Driven> {
      // Commands from inside, 64 in flight: nothing but the command path is at work.
      if (driveMs !== undefined) {
        return drive(64, driveMs, () => expectAccepted((running as unknown as Running<typeof hall>).send('HoldSeats', holdSeats(count++))))
      }
      const { user, system } = process.cpuUsage()
      const { rss, heapUsed } = process.memoryUsage()
      return { cpuMs: (user + system) / 1_000, rssBytes: rss, heapBytes: heapUsed }
    },
    async close() {
      await server.close()
      await running.stop()
    },
  }
})
