/** `npm start`: the box office, opened from the command line. */
import { runMain } from 'app-kit/main'
import { openPayments } from 'app-kit/payments'
import { arena, theatre } from './demo/demo-shows.ts'
import { page } from './page.ts'
import { runTickets, type RunningTickets } from './run-tickets.ts'
import { settingsHelp, toSettings, type Settings } from './settings.ts'

const SCRIPT = 'npm start'
const TRY = '  Try           open it in two windows and go for the same seat\n'
const DEMO = '                send in the crowd, from the page of a show\n                npm run load -- --users 500 --seconds 20\n'
let paymentsPage = ''

async function open(settings: Settings, opened: Parameters<Parameters<typeof runMain<Settings>>[0]['open']>[1]): Promise<RunningTickets> {
  const { host, port, role, opsKey, holdMs, isDemo, log, directory } = settings
  await using stack = new AsyncDisposableStack()
  const options = {
    host,
    directory: log.kind === 'memory' ? undefined : directory,
    isUsed: role !== 'read',
    variable: 'TICKETS_PAYMENTS',
    script: SCRIPT,
  }
  const payments = stack.use(await openPayments(settings.payments, options))
  paymentsPage = payments.url
  const shows = isDemo ? [theatre(Date.now(), holdMs), arena(Date.now(), holdMs)] : []
  const tickets = await runTickets({ ...opened, payments: payments.provider, paymentsPage, host, port, opsKey, isDemo, shows })
  const rest = stack.move()
  return {
    ...tickets,
    async [Symbol.asyncDispose]() {
      await tickets[Symbol.asyncDispose]()
      await rest.disposeAsync()
    },
  }
}

await runMain<Settings>({
  name: 'tickets',
  script: SCRIPT,
  help: (settings) => `Millrace Tickets: book seats on a live map, served from this machine.

  npm start                   open the box office
  npm start -- --help         this text

Settings, from the environment:
  name                    default        meaning
${settings}

With the app open, in another terminal:
  npm run load -- --help      simulated users, and a verdict from the log
`,
  settingsHelp,
  toSettings,
  page,
  open,
  banner: (url, { isDemo, role }, { log, models, role: said }) => `
  Millrace Tickets is open:  ${url}

  Role          ${said}
  Log           ${log}
  Read models   ${models}
  API           ${url}/docs
  Payments      ${paymentsPage}

${role === 'write' ? '' : `${TRY}${isDemo ? DEMO : ''}\n`}  Ctrl-C stops it.
`,
})
