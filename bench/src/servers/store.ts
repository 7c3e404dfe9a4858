/** The store on the embedded log, or one side of it, served over HTTP: asked over HTTP and from inside, while orders are placed from inside. */
import { start, type Role, type Running } from '@millrace/core'
import { serve } from '@millrace/http'
import { openSqliteLog, openSqliteLogFollower, openSqliteReadStore } from '@millrace/sqlite'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { inProcessPayments } from '../../../apps/kit/src/payments/index.ts'
import { createStore } from '../../../apps/store/src/app.ts'
import { linesOf } from '../orders/ordering.ts'
import { openPlacing } from '../orders/placing.ts'
import { serveParent } from '../shared/child.ts'
import { drive } from '../shared/drive.ts'
import { epochMs, tick } from '../shared/metronome.ts'

export interface StoreSettings {
  readonly directory: string
  readonly partitions: number
  readonly role: Role
  /** Orders are numbered from here on: those of another process on the same log have other numbers. */
  readonly firstOrder: number
}

export interface StoreQuery {
  readonly name: 'order' | 'orders' | 'ordersOf'
  readonly input: Readonly<Record<string, string>>
}

/** Both at once, where both are asked for: questions, and orders that are placed. */
export interface StoreRequest {
  readonly forMs: number
  /** Asks each of `queries` in turn, at that rate. */
  readonly ask?: { readonly queries: readonly StoreQuery[]; readonly perSecond: number }
  /** Places orders, so many at once, each until it is confirmed. */
  readonly place?: { readonly inFlight: number }
}

export interface StoreAnswer {
  /** From when each query was due to its answer. */
  readonly takenMs: readonly number[]
  /** Orders confirmed. */
  readonly perSecond: number
  readonly rssBytes: number
}

/** Once all of the past has been read. */
export interface Folded {
  /** Until the read models had it, and until the shards had as well: they read the log at the same time. */
  readonly readModelSeconds: number
  readonly seconds: number
  /** Of the files of read models. */
  readonly fileBytes: number
}

async function readModelBytes(directory: string): Promise<number> {
  const files = (await readdir(directory)).filter((name) => name.startsWith('read'))
  const sizes = await Promise.all(files.map(async (name) => (await stat(join(directory, name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

await serveParent<StoreSettings, StoreRequest>(async ({ directory, partitions, role, firstOrder }) => {
  const startMs = performance.now()
  const log = await (role === 'read' ? openSqliteLogFollower(directory) : openSqliteLog(directory, { partitions }))
  const store = role === 'write' ? undefined : await openSqliteReadStore(directory)
  const app = createStore({ payments: inProcessPayments() })
  const running = (await start(app, { log, role, ...(store && { store }) })) as unknown as Running
  let foldedMs = 0
  for (let status = running.status(); !status.ready; status = running.status()) {
    const error = status.projections.find((each) => each.error !== undefined)?.error
    if (error !== undefined) throw error
    if (status.projections.every(({ state }) => state === 'live')) foldedMs ||= performance.now() - startMs
    await sleep(20)
  }
  const readyMs = performance.now() - startMs
  const folded: Folded = {
    readModelSeconds: (foldedMs || readyMs) / 1_000,
    seconds: readyMs / 1_000,
    fileBytes: await readModelBytes(directory),
  }
  const placing = role === 'read' ? undefined : await openPlacing(running, log)
  const server = await serve(running, { port: 0 })
  let placed = firstOrder
  return {
    ready: { port: Number(new URL(server.url).port), ...folded },
    async answer({ forMs, ask, place }): Promise<StoreAnswer> {
      const takenMs: number[] = []
      let asked = 0
      const asking =
        ask &&
        tick(ask.perSecond, forMs, async (dueMs) => {
          const { name, input } = ask.queries[asked++ % ask.queries.length]!
          await running.query(name, input)
          takenMs.push(epochMs() - dueMs)
        })
      const driving =
        place &&
        placing &&
        drive(place.inFlight, forMs, () => {
          const at = placed++
          return placing.place(`order-${String(at).padStart(12, '0')}`, linesOf(at))
        })
      const [, driven] = await Promise.all([asking, driving])
      return { takenMs, perSecond: driven?.perSecond ?? 0, rssBytes: process.memoryUsage().rss }
    },
    async close() {
      await server.close()
      await placing?.[Symbol.asyncDispose]()
      await running.stop()
    },
  }
})
