/** Asks one query at a fixed rate, from a process that does nothing else. */
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

await serveParent<object, { readonly port: number; readonly path: string; readonly perSecond: number; readonly forMs: number }>(
  async () => ({
    ready: {},
    async answer({ port, path, perSecond, forMs }): Promise<Asked> {
      using pool = await WirePool.open(port, 32)
      const request = get(path)
      const fromDueMs: number[] = []
      const fromSentMs: number[] = []
      await tick(perSecond, forMs, async (dueMs) => {
        const sentMs = epochMs()
        expectOk(await pool.ask(request))
        const nowMs = epochMs()
        fromDueMs.push(nowMs - dueMs)
        fromSentMs.push(nowMs - sentMs)
      })
      return { fromDueMs: Float64Array.from(fromDueMs), fromSentMs: Float64Array.from(fromSentMs) }
    },
    close: async () => {},
  }),
)
