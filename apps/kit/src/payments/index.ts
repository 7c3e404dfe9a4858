export { inProcessPayments } from './in-process-payments.ts'
export { createLedger, LedgerError, type Entry, type Ledger } from './ledger.ts'
export type { Charge, ChargeAnswer, PaymentProvider, Refund } from './payment-provider.ts'
