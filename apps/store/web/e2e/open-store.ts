import { openStoreApp } from '../../src/testing/open-app.ts'

export interface StoreUnderTest extends AsyncDisposable {
  readonly url: string
}

/** The store in this process with its demo catalogue; STORE_URL points the tests at a running one instead. */
export async function openStore(): Promise<StoreUnderTest> {
  const running = process.env['STORE_URL']
  if (running !== undefined) return { url: running, [Symbol.asyncDispose]: () => Promise.resolve() }
  return openStoreApp({ slowMs: 1_000, lookUpsInAMinute: 1_000 })
}
