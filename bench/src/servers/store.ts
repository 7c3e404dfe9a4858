/** The store on the embedded log, served over HTTP: asked over HTTP and from inside, while it places orders of its own. */
import { createMemoryReadStore, start, type Running } from '@millrace/core'
import { serve } from '@millrace/http'
import { openSqliteLog, openSqliteReadStore } from '@millrace/sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { inProcessPayments } from '../../../apps/kit/src/payments/index.ts'
import { createStore } from '../../../apps/store/src/app.ts'
import { linesOf } from '../orders/ordering.ts'
import { openPlacing } from '../orders/placing.ts'
import { serveParent } from '../shared/child.ts'
import { drive } from '../shared/drive.ts'
import { epochMs, tick } from '../shared/metronome.ts'

interface StoreSettings {
  readonly directory: string
  readonly partitions: number
  readonly store: 'memory' | 'sqlite'
}

export interface StoreQuery {
  readonly name: 'order' | 'orders'
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

await serveParent<StoreSettings, StoreRequest>(async ({ directory, partitions, store }) => {
  const startMs = performance.now()
  const log = await openSqliteLog(directory, { partitions })
  const readStore = store === 'memory' ? createMemoryReadStore() : await openSqliteReadStore(directory)
  const running = (await start(createStore({ payments: inProcessPayments() }), { log, store: readStore })) as unknown as Running
  for (let status = running.status(); !status.ready; status = running.status()) {
    const error = status.projections.find((each) => each.error !== undefined)?.error
    if (error !== undefined) throw error
    await sleep(20)
  }
  const seconds = (performance.now() - startMs) / 1_000
  const placing = await openPlacing(running, log)
  const server = await serve(running, { port: 0 })
  let placed = 0
  return {
    ready: { port: Number(new URL(server.url).port), seconds },
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
        drive(place.inFlight, forMs, () => {
          const at = placed++
          return placing.place(`${store}-order-${String(at).padStart(8, '0')}`, linesOf(at))
        })
      const [, driven] = await Promise.all([asking, driving])
      return { takenMs, perSecond: driven?.perSecond ?? 0, rssBytes: process.memoryUsage().rss }
    },
    async close() {
      await server.close()
      await placing[Symbol.asyncDispose]()
      await running.stop()
    },
  }
})
