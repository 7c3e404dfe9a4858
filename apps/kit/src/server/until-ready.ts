import { setTimeout as sleep } from 'node:timers/promises'
import type { Log, Running } from '@millrace/core'

/**
 * Resolves once the log has been folded and queries answer. `onProgress` is told how much of it is done, from 0 to 1, while
 * that takes longer than a moment.
 */
export async function untilReady(running: Pick<Running, 'app' | 'status'>, log: Log, onProgress?: (done: number) => void): Promise<void> {
  const total = (await log.ends()).reduce((sum, end) => sum + end, 0) * running.app.projections.length
  for (let waits = 0; ; waits++) {
    const status = running.status()
    if (status.ready) return
    if (status.log.state === 'stopped') throw status.log.error
    const serving = status.projections.filter(({ role }) => role === 'serving')
    const stopped = serving.find(({ error }) => error !== undefined)?.error
    if (stopped !== undefined) throw stopped
    const behind = serving.reduce((sum, projection) => sum + projection.behind, 0)
    if (serving.length > 0 && waits > 0 && waits % 50 === 0) onProgress?.(total === 0 ? 1 : Math.max(0, 1 - behind / total))
    await sleep(10)
  }
}
