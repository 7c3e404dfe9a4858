/** The real store in this process, for tests that speak to it from outside: a log in memory, free ports, the demo catalogue. */
import { createMemoryLog, type Clock, type Log, type Role } from '@millrace/core'
import { openTemporarySqliteReadStore } from '@millrace/sqlite'
import { servePage } from 'app-kit/page'
import { httpPayments, openFakePayments, type FakePayments } from 'app-kit/payments'
import { page } from '../page.ts'
import { runStore, type RunningStore } from '../run-store.ts'

export interface OpenStoreOptions {
  readonly clock?: Clock | undefined
  /** Default: one in memory, of its own. */
  readonly log?: Log | undefined
  readonly role?: Role | undefined
  readonly staffKey?: string | undefined
  readonly opsKey?: string | undefined
  readonly lookUpsInAMinute?: number | undefined
  /** How long slow payments take, in milliseconds (default 600). */
  readonly slowMs?: number | undefined
  /** Whether to serve the built page (default: where it is there). */
  readonly web?: boolean | undefined
}

export async function openStoreApp({
  clock,
  log = createMemoryLog({ partitions: 4 }),
  role = 'all',
  slowMs = 600,
  web = page.isBuilt(),
  ...options
}: OpenStoreOptions = {}): Promise<RunningStore & { readonly payments: FakePayments }> {
  await using stack = new AsyncDisposableStack()
  const payments = stack.use(await openFakePayments({ slowMs }))
  const store = stack.use(
    await runStore({
      log,
      role,
      store: await openTemporarySqliteReadStore(),
      ...(clock && { clock }),
      ...options,
      host: '127.0.0.1',
      port: 0,
      isDemo: true,
      // A machine that is held up for a second is no reason to refuse what a test sends.
      maxEventLoopDelayMs: 60_000,
      payments: httpPayments(payments.url),
      paymentsPage: payments.url,
      addPage: (server) => web && servePage(server, page.directory),
    }),
  )
  const all = stack.move()
  return { ...store, payments, [Symbol.asyncDispose]: () => all.disposeAsync() }
}
