/** Asks queries in turn, at a fixed rate, from a process that does nothing else. */
import { serveParent } from '../shared/child.ts'
import { epochMs, tick } from '../shared/metronome.ts'
import { expectOk, get } from '../shared/wire.ts'
import { WirePool } from '../shared/wire-pool.ts'

export interface Asked {
  /** From the moment the query was due to its answer. */
  readonly fromDueMs: Float64Array
  /** From the moment it was sent. */
  readonly fromSentMs: Float64Array
}

await serveParent<object, { readonly port: number; readonly paths: readonly string[]; readonly perSecond: number; readonly forMs: number }>(
  async () => ({
    ready: {},
    async answer({ port, paths, perSecond, forMs }): Promise<Asked> {
      using pool = await WirePool.open(port, 32)
      const requests = paths.map((path) => get(path))
      let next = 0
      const fromDueMs: number[] = []
      const fromSentMs: number[] = []
      await tick(perSecond, forMs, async (dueMs) => {
        const sentMs = epochMs()
        expectOk(await pool.ask(requests[next++ % requests.length]!))
        const nowMs = epochMs()
        fromDueMs.push(nowMs - dueMs)
        fromSentMs.push(nowMs - sentMs)
      })
      return { fromDueMs: Float64Array.from(fromDueMs), fromSentMs: Float64Array.from(fromSentMs) }
    },
    close: async () => {},
  }),
)
