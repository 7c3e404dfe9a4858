import assert from 'node:assert/strict'
import { test } from 'node:test'
import { command, event } from '@millrace/core'
import { givenReactor, happened } from '@millrace/testing'
import { createLedger, type ChargeAnswer, type PaymentProvider } from 'app-kit/payments'
import { order } from './order.ts'
import { createPaying } from './paying.ts'

const orderId = 'order-a-0000000000'
const requested = (attempt = 1) => event('PaymentRequested', { attempt, amountCents: 9_800, method: 'card' })
const unresolved = event('PaymentUnresolved', { attempt: 1, reason: 'timeout' })
const refundRequested = event('RefundRequested', { refundId: 'r1', attempt: 1, amountCents: 4_900, reason: 'goods-returned' })

/** A provider that gives this answer, and its books. */
function openProvider(answer: ChargeAnswer = { status: 'approved' }) {
  const ledger = createLedger()
  const provider: PaymentProvider = {
    charge: (charge) => Promise.resolve(ledger.charge(charge, () => answer)),
    voidCharge: ({ key }) => Promise.resolve(ledger.voidCharge(key)),
    refund: async (refund) => {
      ledger.refund(refund)
    },
  }
  return { ledger, given: givenReactor(createPaying(provider)) }
}

const of = (...events: Parameters<typeof happened<typeof order>>[2][]) => happened(order, orderId, ...events)

test('what is approved is paid, and what is declined is not', async () => {
  const { given, ledger } = openProvider()
  await given.when(of(requested())).thenCommands(command('RecordPayment', { orderId, attempt: 1, amountCents: 9_800 }))
  assert.equal(ledger.balanceCents(), 9_800)
  await openProvider({ status: 'declined', reason: 'no' })
    .given.when(of(requested()))
    .thenCommands(command('RecordDecline', { orderId, attempt: 1, reason: 'no' }))
})

test('an attempt is charged once however often it is asked for, and the next one anew', async () => {
  const { given, ledger } = openProvider()
  const paid = (attempt: number) => command('RecordPayment', { orderId, attempt, amountCents: 9_800 })
  for (const commandId of ['one', 'another']) await given.when(of(requested()), { commandId, attempt: 2 }).thenCommands(paid(1))
  assert.deepEqual([ledger.entries().length, ledger.entries()[0]?.asked], [1, 2])
  await given.when(of(requested(2))).thenCommands(paid(2))
  assert.equal(ledger.balanceCents(), 19_600)
})

test('without an answer the order is told so, then the charge is taken back, or never made', async () => {
  const { given, ledger } = openProvider()
  const error = new Error('it took longer than 5000 ms')
  await given
    .whenGivenUp(of(requested()), { error })
    .thenCommands(command('RecordNoAnswer', { orderId, attempt: 1, reason: error.message }))
  await given.when(of(unresolved)).thenCommands(command('RecordVoid', { orderId, attempt: 1, wasCaptured: false }))
  await given.when(of(requested())).thenCommands(command('RecordDecline', { orderId, attempt: 1, reason: 'voided' }))
  assert.equal(ledger.balanceCents(), 0)
})

test('a void that does not come through is for an operator', () =>
  openProvider()
    .given.whenGivenUp(of(unresolved), { error: new Error('away') })
    .thenThrows(/away/))

test('a refund is of its attempt, made once, and told when it is not', async () => {
  const { given, ledger } = openProvider()
  await given.when(of(requested())).thenCommands(command('RecordPayment', { orderId, attempt: 1, amountCents: 9_800 }))
  for (let time = 0; time < 2; time++)
    await given.when(of(refundRequested)).thenCommands(command('RecordRefund', { orderId, refundId: 'r1' }))
  assert.equal(ledger.balanceCents(), 4_900)
  await openProvider().given.when(of(refundRequested)).thenThrows({ name: 'LedgerError' })
  await given
    .whenGivenUp(of(refundRequested), { error: 'away' })
    .thenCommands(command('RecordFailedRefund', { orderId, refundId: 'r1', reason: 'away' }))
})
