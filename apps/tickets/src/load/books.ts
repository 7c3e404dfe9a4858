/** The books of the payment provider, where the app has one that shows them. */
import type { HttpClient } from './http-client.ts'
import type { BookEntry } from './money-fold.ts'

/** Resolves with a way to read them; undefined where there are none, as with a real provider. */
export async function findBooks(client: HttpClient): Promise<(() => Promise<readonly BookEntry[]>) | undefined> {
  const { status, body } = await client.request('/about')
  const { paymentsPage } = (status === 200 ? JSON.parse(body) : {}) as { readonly paymentsPage?: unknown }
  if (typeof paymentsPage !== 'string') return undefined
  const read = async (): Promise<readonly BookEntry[]> => {
    const response = await fetch(`${paymentsPage.replace(/\/+$/, '')}/ledger`, { signal: AbortSignal.timeout(30_000) })
    return ((await response.json()) as { readonly entries: readonly BookEntry[] }).entries
  }
  return read().then(
    () => read,
    () => undefined,
  )
}
