/** An app on a log that has a past. Rebuilds its read model when asked to, beside the one that serves. */
import { createMemoryReadStore, start } from '@millrace/core'
import { openPostgresReadStore } from '@millrace/postgres'
import { openSqliteReadStore } from '@millrace/sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { serveParent } from '../shared/child.ts'
import { openPast, type Past } from './open-past.ts'
import { workloads } from './workloads.ts'

export type StoreName = 'memory' | 'sqlite' | 'postgres'

interface Settings extends Past {
  readonly store: StoreName
  /** Its URL, where that is the store. */
  readonly postgres?: string
}

export interface Rebuild {
  /** From calling `rebuild` until the new build serves. */
  readonly ms: number
  /** All threads' time on a CPU during it. */
  readonly cpuMs: number
  readonly rssBytes: number
  /** Documents that were compared with those before, and differ. */
  readonly differing: number
}

await serveParent<Settings, object>(async ({ store, postgres = '', ...past }) => {
  const { app, projection } = workloads[past.workload]
  const log = await openPast(past)
  const opened =
    store === 'memory'
      ? createMemoryReadStore()
      : store === 'sqlite'
        ? await openSqliteReadStore(past.directory)
        : await openPostgresReadStore(postgres, { schema: `${past.workload}_${past.bootstrap === undefined ? 'embedded' : 'kafka'}` })
  const running = await start(app, { log, store: opened })
  while (!running.status().ready) {
    const stopped = running.status().projections.find(({ error }) => error !== undefined)?.error
    if (stopped !== undefined) throw stopped
    await sleep(10)
  }
  return {
    ready: {},
    async answer(): Promise<Rebuild> {
      const startMs = performance.now()
      const cpu = process.cpuUsage()
      const { compared } = await running.rebuild(projection)
      const ms = performance.now() - startMs
      const { user, system } = process.cpuUsage(cpu)
      const rssBytes = process.memoryUsage().rss
      await running.removeKept(projection)
      return { ms, cpuMs: (user + system) / 1_000, rssBytes, differing: compared.differing }
    },
    close: () => running.stop(),
  }
})
