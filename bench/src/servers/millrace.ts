/** An app on the embedded log, or on Kafka, served over HTTP in a process of its own; or one side of it. */
import { start, type Log, type Role, type Running } from '@millrace/core'
import { serve } from '@millrace/http'
import { openKafkaLog, type KafkaLogOptions } from '@millrace/kafka'
import { openSqliteLog, openSqliteLogFollower } from '@millrace/sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { inProcessPayments } from '../../../apps/kit/src/payments/index.ts'
import { createTickets, type Tickets } from '../../../apps/tickets/src/app.ts'
import { serveParent } from '../shared/child.ts'
import { drive, type Driven } from '../shared/drive.ts'
import { hall, openShows, type hallWrites } from '../shared/hall.ts'
import { expectAccepted, holdInArenas, planOf, takeHalf, type HallKind } from '../shared/shows.ts'

export interface ServerSettings {
  readonly directory: string
  /** Kafka as the log, instead of an embedded one in the directory. */
  readonly kafka?: KafkaLogOptions
  readonly app: 'hall' | 'tickets'
  /** Default: `all`. One that reads follows the log that one that writes has made in the same directory. */
  readonly role?: Role
  /** Scheduled at start, where the app is `tickets`. */
  readonly shows?: readonly { readonly hall: HallKind; readonly ids: readonly string[]; readonly isHalfTaken?: boolean }[]
}

export interface Usage {
  /** Milliseconds of all threads of the process. */
  readonly cpuMs: number
  readonly rssBytes: number
  readonly heapBytes: number
}

export interface ServerRequest {
  /** Sends commands to so many arenas from inside the process, 64 in flight, for so long. */
  readonly drive?: { readonly arenas: number; readonly forMs: number }
}

await serveParent<ServerSettings, ServerRequest>(async ({ directory, kafka, app, role = 'all', shows = [] }) => {
  const log = await openLog(role, directory, kafka)
  const running = (await start(app === 'hall' ? hall : createTickets(inProcessPayments()), { log, role })) as Running<Tickets>
  while (!running.status().ready) await sleep(5)
  if (app === 'hall') await openShows(running as unknown as Running<typeof hallWrites>)
  for (const { hall, ids, isHalfTaken } of shows) {
    await Promise.all(ids.map((id) => expectAccepted(running.send('ScheduleShow', planOf(hall, id)))))
    if (isHalfTaken === true) for (const id of ids) await takeHalf(running, hall, id)
  }
  const server = await serve(running as unknown as Running, { port: 0 })
  let inside = 0
  return {
    ready: { port: Number(new URL(server.url).port) },
    async answer({ drive: asked }): Promise<Usage | Driven> {
      if (asked !== undefined) {
        return drive(64, asked.forMs, () => {
          // From the middle of the arenas on: the seats before it are for those who come over HTTP.
          const count = 5_000 * asked.arenas + inside++
          return expectAccepted(running.send('HoldSeats', holdInArenas(count, asked.arenas)))
        })
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

function openLog(role: Role, directory: string, kafka: KafkaLogOptions | undefined): Promise<Log> {
  if (kafka !== undefined) return openKafkaLog(kafka)
  return role === 'read' ? openSqliteLogFollower(directory) : openSqliteLog(directory)
}
