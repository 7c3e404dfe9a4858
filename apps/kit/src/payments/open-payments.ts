import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { SettingsError, type Variable } from '../settings/index.ts'
import { openFakePayments, type FakePayments } from './fake-payments.ts'
import { httpPayments } from './http-payments.ts'
import { LedgerError } from './ledger.ts'
import type { PaymentProvider } from './payment-provider.ts'

/** A provider of our own that only plays, or the URL of one that runs already. */
export type PaymentsTarget = { readonly kind: 'fake'; readonly port: number } | { readonly kind: 'url'; readonly url: string }

/** The setting that says who takes the money. */
export const paymentsVariable = (port: number): Variable<PaymentsTarget> => ({
  default: `fake:${port}`,
  about: 'who takes the money: fake:<port> opens a provider that only plays, with a page of its own; or the URL of one that runs',
  expected: "'fake:<port>' or an http:// URL",
  read(text) {
    const named = /^fake:(\d{1,5})$/.exec(text)?.[1]
    if (named !== undefined && Number(named) <= 65_535) return { value: { kind: 'fake', port: Number(named) } }
    return URL.canParse(text) && /^https?:/.test(text) ? { value: { kind: 'url', url: text } } : undefined
  },
})

export interface OpenedPayments extends AsyncDisposable {
  readonly provider: PaymentProvider
  /** Where its page is. */
  readonly url: string
}

export interface OpenPaymentsOptions {
  readonly host: string
  /** Where the books of a provider of our own are kept; undefined: nowhere. */
  readonly directory: string | undefined
  /** Whether this instance asks it for anything: reactors do, and who only reads has none. Then nothing is opened. */
  readonly isUsed: boolean
  /** The setting's name, and the npm script that reads it: for what is said where the port is taken. */
  readonly variable: string
  readonly script: string
}

/** Opens a provider of our own, or finds the one that is named. One that another instance has opened on that port is shared. */
export async function openPayments(target: PaymentsTarget, options: OpenPaymentsOptions): Promise<OpenedPayments> {
  const url = target.kind === 'url' ? target.url : `http://127.0.0.1:${target.port}`
  if (target.kind === 'url' || !options.isUsed) return { provider: httpPayments(url), url, [Symbol.asyncDispose]: async () => undefined }
  try {
    const fake = await openFake(target.port, options)
    return { provider: httpPayments(fake.url), url: fake.url, [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose]() }
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== 'EADDRINUSE') throw error
    if (await isFakePayments(url)) return sharedPayments(target.port, url, options)
    const { variable, script } = options
    throw new SettingsError([
      `${variable}: port ${target.port} is in use, and not by a payment provider. Choose another one:\n\n  ${variable}=fake:${target.port + 1} ${script}\n`,
    ])
  }
}

/** That of another instance. When it ends, this instance opens one in its place: the next attempt finds it. */
function sharedPayments(port: number, url: string, options: OpenPaymentsOptions): OpenedPayments {
  let own: Promise<FakePayments | undefined> | undefined
  const { charge, voidCharge, refund } = httpPayments(url)
  const orOpen =
    <Asked, Answer>(call: (asked: Asked, signal: AbortSignal) => Promise<Answer>) =>
    async (asked: Asked, signal: AbortSignal): Promise<Answer> => {
      try {
        return await call(asked, signal)
      } catch (error) {
        // Nobody listens there any more, or the answer was lost: which of them, the port says.
        if (!(error instanceof LedgerError)) own ??= openFake(port, options).catch(() => (own = undefined))
        throw error
      }
    }
  return {
    provider: { charge: orOpen(charge), voidCharge: orOpen(voidCharge), refund: orOpen(refund) },
    url,
    async [Symbol.asyncDispose]() {
      await (await own)?.[Symbol.asyncDispose]()
    },
  }
}

function openFake(port: number, { host, directory }: OpenPaymentsOptions): Promise<FakePayments> {
  if (directory !== undefined) mkdirSync(path.resolve(directory), { recursive: true })
  const file = directory === undefined ? undefined : path.resolve(directory, 'payments.jsonl')
  return openFakePayments({ host, port, file })
}

async function isFakePayments(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/ledger`, { signal: AbortSignal.timeout(2_000) })
    const said: unknown = await response.json()
    return typeof said === 'object' && said !== null && 'mood' in said && 'balanceCents' in said
  } catch {
    return false
  }
}
