import { openStoreApp } from '../../src/testing/open-app.ts'

export interface StoreUnderTest extends AsyncDisposable {
  readonly url: string
  /** Slow payments that are under way come to their end now. */
  hurry(): void
}

/** The store in this process with its demo catalogue; STORE_URL points the tests at a running one instead. */
export async function openStore(): Promise<StoreUnderTest> {
  const running = process.env['STORE_URL']
  if (running !== undefined) return { url: running, hurry: () => undefined, [Symbol.asyncDispose]: () => Promise.resolve() }
  const store = await openStoreApp({ slowMs: 3_600_000, lookUpsInAMinute: 1_000 })
  return { ...store, hurry: () => store.payments.hurry() }
}
