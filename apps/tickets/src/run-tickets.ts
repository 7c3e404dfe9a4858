/** The app as a whole, given its adapters: started, its demo shows scheduled, and served. */
import { start, type Running, type StartOptions } from '@millrace/core'
import { serve, type OperatorOptions } from '@millrace/http'
import { untilReady, type Server } from 'app-kit/server'
import type { PaymentProvider } from 'app-kit/payments'
import { createTickets, type Tickets } from './app.ts'
import { createCrowd } from './demo/crowd.ts'
import { addDemoRoutes } from './demo/demo-routes.ts'
import { scheduleMissing, type ShowPlan } from './demo/demo-shows.ts'

export interface RunOptions extends StartOptions {
  /** Who takes the money. */
  readonly payments: PaymentProvider
  /** The provider's own page, where it has one for people. */
  readonly paymentsPage?: string | undefined
  readonly host: string
  readonly port: number
  /** What those who operate it send (default: nothing, on this machine). */
  readonly opsKey?: OperatorOptions['key']
  /** Scheduled where they are not there. */
  readonly shows: readonly ShowPlan[]
  /** Whether to add `/demo/*`. */
  readonly isDemo: boolean
  /** Adds the page's routes. */
  readonly addPage?: ((server: Server) => void) | undefined
  /** As of `serve` (default: its own). */
  readonly maxEventLoopDelayMs?: number | undefined
  /** Told how much of the log has been folded, from 0 to 1, while that takes longer than a moment. */
  readonly onProgress?: ((done: number) => void) | undefined
}

export interface RunningTickets extends AsyncDisposable {
  readonly url: string
  readonly running: Running<Tickets>
}

/** Disposing ends the live queries, answers what was sent, and closes the adapters. They are closed as well where it fails. */
export async function runTickets(options: RunOptions): Promise<RunningTickets> {
  const { log, host, port, opsKey, shows, isDemo, paymentsPage, addPage, onProgress, maxEventLoopDelayMs } = options
  await using opened = new AsyncDisposableStack()
  const running = await start(createTickets(options.payments), options)
  opened.use(running)
  await untilReady(running, log, onProgress)
  await scheduleMissing(running, shows)
  // Buyers look at the seat map.
  const crowd = running.role === 'write' ? undefined : opened.use(createCrowd(running))
  const server = await serve(running, {
    host,
    port,
    operations: { key: opsKey },
    ...(maxEventLoopDelayMs !== undefined && { maxEventLoopDelayMs }),
    extend: (fastify) => {
      fastify.get('/about', (_request, reply) => reply.header('cache-control', 'no-store').send({ paymentsPage: paymentsPage ?? null }))
      if (isDemo) addDemoRoutes(fastify, { crowd, log })
      addPage?.(fastify)
    },
  })
  opened.defer(() => server.close())
  const all = opened.move()
  return { url: server.url, running, [Symbol.asyncDispose]: () => all.disposeAsync() }
}
