/** `npm run store`: the store, opened from the command line. */
import { runMain } from 'app-kit/main'
import { openPayments } from 'app-kit/payments'
import { page } from './page.ts'
import { runStore, type RunningStore } from './run-store.ts'
import { settingsHelp, toSettings, type Settings } from './settings.ts'

const SCRIPT = 'npm run store'
const OPEN = '  (open to everybody: STORE_STAFF_KEY is not set)'
const TRY = `  Try           open it in two windows, and buy the last walnut bowl in both
                let payments be slow, be declined or lose their answers
`
let paymentsPage = ''

async function open(settings: Settings, opened: Parameters<Parameters<typeof runMain<Settings>>[0]['open']>[1]): Promise<RunningStore> {
  const { host, port, role, staffKey, opsKey, isDemo, log, directory } = settings
  await using stack = new AsyncDisposableStack()
  // Beside the embedded log, or with the other things of this app: without its books a provider gives nothing back.
  const books = log.kind === 'sqlite' ? log.directory : directory
  const options = {
    host,
    directory: log.kind === 'memory' ? undefined : books,
    isUsed: role !== 'read',
    variable: 'STORE_PAYMENTS',
    script: SCRIPT,
  }
  const payments = stack.use(await openPayments(settings.payments, options))
  paymentsPage = payments.url
  const store = await runStore({ ...opened, host, port, staffKey, opsKey, isDemo, payments: payments.provider, paymentsPage })
  const rest = stack.move()
  return {
    ...store,
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
      await rest.disposeAsync()
    },
  }
}

await runMain<Settings>({
  name: 'store',
  script: SCRIPT,
  help: (settings) => `Millrace Goods: an online store whose orders can be followed, served from this machine.

  ${SCRIPT}               open the store
  ${SCRIPT} -- --help     this text

Settings, from the environment:
  name                    default        meaning
${settings}
`,
  settingsHelp,
  toSettings,
  page,
  open,
  banner: (url, { staffKey, role }, { log, models, role: said }) => `
  Millrace Goods is open:  ${url}

  Role          ${said}
  Log           ${log}
  Read models   ${models}
  API           ${url}/docs
${role === 'write' ? '' : `  Staff         ${url}/#/staff${staffKey === undefined ? OPEN : ''}\n`}  Payments      ${paymentsPage}

${role === 'write' ? '' : TRY}  Ctrl-C stops it.
`,
})
