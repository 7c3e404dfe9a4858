/** The app as a whole, given its adapters: started, its demo shows scheduled, and served. */
import { setTimeout as sleep } from 'node:timers/promises'
import { start, type Log, type Running, type StartOptions } from '@millrace/core'
import { serve } from '@millrace/http'
import { tickets } from './app.ts'
import { createCrowd } from './demo/crowd.ts'
import { addDemoRoutes } from './demo/demo-routes.ts'
import { scheduleMissing, type ShowPlan } from './demo/demo-shows.ts'
import type { Server } from './server.ts'

export interface RunOptions extends StartOptions {
  readonly host: string
  readonly port: number
  /** Scheduled where they are not there. */
  readonly shows: readonly ShowPlan[]
  /** Whether to add `/demo/*`. */
  readonly isDemo: boolean
  /** Adds the page's routes. */
  readonly addPage?: ((server: Server) => void) | undefined
  /** Told how much of the log has been folded, from 0 to 1, while that takes longer than a moment. */
  readonly onProgress?: ((done: number) => void) | undefined
}

export interface RunningTickets extends AsyncDisposable {
  readonly url: string
  readonly running: Running<typeof tickets>
}

/** Disposing ends the live queries, answers what was sent, and closes the adapters. They are closed as well where it fails. */
export async function runTickets(options: RunOptions): Promise<RunningTickets> {
  const { log, host, port, shows, isDemo, addPage, onProgress } = options
  await using opened = new AsyncDisposableStack()
  const running = await start(tickets, options)
  opened.use(running)
  await untilReady(running, log, onProgress)
  await scheduleMissing(running, shows)
  const crowd = opened.use(createCrowd(running))
  const server = await serve(running, {
    host,
    port,
    extend: (fastify) => {
      if (isDemo) addDemoRoutes(fastify, { crowd, log })
      addPage?.(fastify)
    },
  })
  opened.defer(() => server.close())
  const all = opened.move()
  return { url: server.url, running, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

async function untilReady(running: Running<typeof tickets>, log: Log, onProgress: RunOptions['onProgress']): Promise<void> {
  const total = (await log.ends()).reduce((sum, end) => sum + end, 0) * running.app.projections.length
  for (let waits = 0; ; waits++) {
    const status = running.status()
    if (status.ready) return
    if (status.log.state === 'stopped') throw status.log.error
    const serving = status.projections.filter(({ role }) => role === 'serving')
    const stopped = serving.find(({ error }) => error !== undefined)?.error
    if (stopped !== undefined) throw stopped
    const behind = serving.reduce((sum, projection) => sum + projection.behind, 0)
    if (waits > 0 && waits % 50 === 0) onProgress?.(total === 0 ? 1 : Math.max(0, 1 - behind / total))
    await sleep(10)
  }
}
