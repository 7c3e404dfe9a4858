import { httpPayments, openFakePayments, type FakePayments } from 'app-kit/payments'
import { openTicketsApp, type OpenTicketsOptions } from '../../src/testing/open-app.ts'

export interface Shop extends AsyncDisposable {
  readonly url: string
  /** Who takes the money. */
  readonly provider: FakePayments
}

/** The app in this process, with its demo shows unless others are given, and a payment provider of its own. */
export async function openOwnShop({ slowMs = 1_500, ...options }: OpenTicketsOptions & { readonly slowMs?: number } = {}): Promise<Shop> {
  await using opened = new AsyncDisposableStack()
  const provider = opened.use(await openFakePayments({ slowMs }))
  const payments = { payments: httpPayments(provider.url), paymentsPage: provider.url }
  const { url } = opened.use(await openTicketsApp({ ...options, ...payments }))
  const all = opened.move()
  return { url, provider, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

/** One of our own; TICKETS_URL points the tests at a running one instead. */
export async function openShop(options: OpenTicketsOptions = {}): Promise<{ readonly url: string } & AsyncDisposable> {
  const running = process.env['TICKETS_URL']
  return running === undefined ? openOwnShop(options) : { url: running, [Symbol.asyncDispose]: () => Promise.resolve() }
}
