/** The store as a whole, given its adapters: started, its shelves filled, and served. */
import { start, type Running, type StartOptions } from '@millrace/core'
import { serve, type OperatorOptions } from '@millrace/http'
import type { PaymentProvider } from 'app-kit/payments'
import { untilReady, type Server } from 'app-kit/server'
import { createStore, type Store } from './app.ts'
import { addMissing, demoCatalogue } from './demo/demo-catalogue.ts'
import { addLookUp } from './guests/look-up.ts'
import { addStaffGate } from './staff/staff-gate.ts'

export interface RunOptions extends StartOptions {
  readonly host: string
  readonly port: number
  readonly payments: PaymentProvider
  /** The provider's own page, where it has one for people. */
  readonly paymentsPage?: string | undefined
  /** What staff sign in with; it is for operating as well where `opsKey` is not set. */
  readonly staffKey?: string | undefined
  /** What those who operate it send. */
  readonly opsKey?: OperatorOptions['key']
  readonly isDemo: boolean
  /** Adds the page's routes. */
  readonly addPage?: ((server: Server) => void) | undefined
  readonly onProgress?: ((done: number) => void) | undefined
  readonly lookUpsInAMinute?: number | undefined
  /** As of `serve` (default: its own). */
  readonly maxEventLoopDelayMs?: number | undefined
}

export interface RunningStore extends AsyncDisposable {
  readonly url: string
  readonly running: Running<Store>
}

/** Disposing ends the live queries, answers what was sent, and closes the adapters. They are closed as well where it fails. */
export async function runStore(options: RunOptions): Promise<RunningStore> {
  const { log, host, port, payments, paymentsPage, staffKey, opsKey = staffKey, isDemo, addPage, onProgress, lookUpsInAMinute } = options
  const { maxEventLoopDelayMs } = options
  await using opened = new AsyncDisposableStack()
  const running = opened.use(await start(createStore({ payments }), options))
  await untilReady(running, log, onProgress)
  if (isDemo) await addMissing(running, demoCatalogue)
  const server = await serve(running, {
    host,
    port,
    operations: { key: opsKey },
    ...(maxEventLoopDelayMs !== undefined && { maxEventLoopDelayMs }),
    extend: (fastify) => {
      const gate = addStaffGate(fastify, staffKey)
      addLookUp(fastify, running, lookUpsInAMinute)
      fastify.get('/about', (request, reply) =>
        reply
          .header('cache-control', 'no-store')
          .send({ isStaff: gate.isStaff(request.headers.cookie), paymentsPage: paymentsPage ?? null }),
      )
      addPage?.(fastify)
    },
  })
  opened.defer(() => server.close())
  const all = opened.move()
  return { url: server.url, running, [Symbol.asyncDispose]: () => all.disposeAsync() }
}
