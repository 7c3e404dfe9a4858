/** The real app in this process, for tests that speak to it from outside: a log in memory, a free port, the demo shows. */
import { createMemoryLog, type Clock, type Log, type Role } from '@millrace/core'
import { serveElsewhere, servePage } from 'app-kit/page'
import { inProcessPayments, type PaymentProvider } from 'app-kit/payments'
import { arena, theatre, type ShowPlan } from '../demo/demo-shows.ts'
import { page } from '../page.ts'
import { runTickets, type RunningTickets } from '../run-tickets.ts'

export interface OpenTicketsOptions {
  /** How long holds last, in milliseconds (default 600,000). */
  readonly holdMs?: number | undefined
  /** Default: the theatre and the arena. */
  readonly shows?: readonly ShowPlan[] | undefined
  /** A built page to serve (default: `dist/web` where it is there; `false`: none). */
  readonly web?: string | false | undefined
  readonly clock?: Clock | undefined
  /** Default: one in memory, of its own. */
  readonly log?: Log | undefined
  readonly role?: Role | undefined
  /** Default: one that approves all at once. */
  readonly payments?: PaymentProvider | undefined
  /** That provider's page. */
  readonly paymentsPage?: string | undefined
}

export async function openTicketsApp({
  holdMs = 600_000,
  shows,
  web,
  clock,
  log = createMemoryLog({ partitions: 4 }),
  role = 'all',
  payments = inProcessPayments(),
  paymentsPage,
}: OpenTicketsOptions = {}): Promise<RunningTickets> {
  const nowMs = Date.now()
  const directory = web ?? (page.isBuilt() && page.directory)
  return runTickets({
    log,
    role,
    ...(clock && { clock }),
    payments,
    paymentsPage,
    host: '127.0.0.1',
    port: 0,
    shows: shows ?? [theatre(nowMs, holdMs), arena(nowMs, holdMs)],
    isDemo: true,
    // A machine that is held up for a second is no reason to refuse what a test sends.
    maxEventLoopDelayMs: 60_000,
    addPage: (server) => {
      if (role === 'write') serveElsewhere(server)
      else if (directory !== false) servePage(server, directory)
    },
  })
}
