import { setTimeout as sleep } from 'node:timers/promises'
import { RefusedError, type Build, type Operations } from './operations.ts'
import { ProgressBar } from './progress-bar.ts'
import type { Terminal } from './terminal.ts'

const POLL_MS = 200
/** So long may pass before the app lists the build it was asked for. */
const APPEARS_WITHIN_MS = 10_000

/** Asks for a rebuild and follows it until the new build serves. Resolves with the version that did and the one that does. */
export async function rebuild(
  operations: Operations,
  projection: string,
  terminal: Terminal,
): Promise<{ readonly from: string; readonly to: string }> {
  const find = (builds: readonly Build[], role: Build['role']): Build | undefined =>
    builds.find((each) => each.projection === projection && each.role === role)
  const before = find(await operations.list(), 'serving')
  if (before === undefined) throw new RefusedError(`there is no projection '${projection}' that serves; millrace read-models lists them`)
  let builds = await operations.act(projection, 'rebuild')
  using bar = new ProgressBar(terminal, projection)
  const appearsUntilMs = performance.now() + APPEARS_WITHIN_MS
  let total = 0
  let hasBegun = false
  for (;;) {
    const serving = find(builds, 'serving')
    if (serving !== undefined && serving.version !== before.version) return { from: before.version, to: serving.version }
    const building = find(builds, 'building')
    if (building?.error !== undefined)
      throw new RefusedError(`the build ${building.version} has stopped: ${building.error}; ${before.version} goes on serving`)
    if (building !== undefined) {
      hasBegun = true
      total = Math.max(total, building.behind)
      const { behind, perSecond, secondsLeft } = building
      bar.draw({ done: total - behind, total, perSecond, secondsLeft })
    } else if (hasBegun || performance.now() > appearsUntilMs) {
      throw new RefusedError(`the build was given up; ${before.version} goes on serving, and the app's log has the reason`)
    }
    await sleep(POLL_MS)
    builds = await operations.list()
  }
}
