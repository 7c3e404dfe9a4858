/** `npm run store`: the store, opened from the command line. */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { runMain } from 'app-kit/main'
import { httpPayments, openFakePayments, type FakePayments } from 'app-kit/payments'
import { SettingsError } from 'app-kit/settings'
import { page } from './page.ts'
import { runStore, type RunningStore } from './run-store.ts'
import { settingsHelp, toSettings, type Settings } from './settings.ts'

const SCRIPT = 'npm run store'
let paymentsPage = ''

async function openPayments({ payments, log, host, directory }: Settings): Promise<FakePayments | undefined> {
  if (payments.kind === 'url') return undefined
  const isKept = log.kind !== 'memory'
  if (isKept) mkdirSync(path.resolve(directory), { recursive: true })
  const file = isKept ? path.resolve(directory, 'payments.jsonl') : undefined
  return openFakePayments({ host, port: payments.port, file }).catch((error: unknown) => {
    if ((error as { readonly code?: unknown }).code !== 'EADDRINUSE') throw error
    const url = `http://127.0.0.1:${payments.port}`
    throw new SettingsError([
      `STORE_PAYMENTS: port ${payments.port} is in use. Where it is the provider of another instance, share it; otherwise choose another port:\n\n  STORE_PAYMENTS=${url} ${SCRIPT}\n  STORE_PAYMENTS=fake:${payments.port + 1} ${SCRIPT}\n`,
    ])
  })
}

async function open(settings: Settings, opened: Parameters<Parameters<typeof runMain<Settings>>[0]['open']>[1]): Promise<RunningStore> {
  const { host, port, staffKey, isDemo, payments } = settings
  await using stack = new AsyncDisposableStack()
  const fake = await openPayments(settings)
  if (fake !== undefined) stack.use(fake)
  paymentsPage = fake?.url ?? (payments.kind === 'url' ? payments.url : '')
  const store = await runStore({ ...opened, host, port, staffKey, isDemo, payments: httpPayments(paymentsPage), paymentsPage })
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
  banner: (url, { staffKey }, { log, models }) => `
  Millrace Goods is open:  ${url}

  Log           ${log}
  Read models   ${models}
  API           ${url}/docs
  Staff         ${url}/#/staff${staffKey === undefined ? '  (open to everybody: STORE_STAFF_KEY is not set)' : ''}
  Payments      ${paymentsPage}

  Try           open it in two windows, and buy the last walnut bowl in both
                let payments be slow, be declined or lose their answers
  Ctrl-C stops it.
`,
})
