import { LedgerError } from './ledger.ts'
import type { ChargeAnswer, PaymentProvider } from './payment-provider.ts'

/** The payment provider behind that URL. What it says no to for good is a `LedgerError`; all else may go well the next time. */
export function httpPayments(url: string): PaymentProvider {
  const base = url.replace(/\/$/, '')

  async function post(path: string, key: string, body: object, signal: AbortSignal): Promise<unknown> {
    const headers = { 'content-type': 'application/json', 'idempotency-key': key }
    const response = await fetch(`${base}${path}`, { method: 'POST', headers, body: JSON.stringify(body), signal })
    const text = await response.text()
    if (response.ok) return JSON.parse(text)
    const said = `the payment provider answered ${response.status}: ${text.slice(0, 200)}`
    if (response.status >= 400 && response.status < 500 && response.status !== 429) throw new LedgerError(said)
    throw new Error(said)
  }

  return {
    charge: async ({ key, amountCents, method }, signal) => (await post('/charges', key, { amountCents, method }, signal)) as ChargeAnswer,
    voidCharge: async ({ key }, signal) => (await post('/voids', key, {}, signal)) as { readonly wasCaptured: boolean },
    refund: async ({ key, chargeKey, amountCents }, signal) => {
      await post('/refunds', key, { chargeKey, amountCents }, signal)
    },
  }
}
