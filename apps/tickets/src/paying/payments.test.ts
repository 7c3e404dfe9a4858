import assert from 'node:assert/strict'
import { test } from 'node:test'
import { command, event } from '@millrace/core'
import { givenReactor, happened } from '@millrace/testing'
import { createLedger, type ChargeAnswer, type PaymentProvider } from 'app-kit/payments'
import { checkout } from './checkout.ts'
import { createPayments } from './payments.ts'

const process = 'hamlet/b1'
const about = { showId: 'hamlet', bookingId: 'b1', holdId: 'h1', customerId: 'eve', seats: ['A-1-1'] }
const of = (...events: Parameters<typeof happened<typeof checkout.aggregate>>[2][]) => happened(checkout.aggregate, process, ...events)
const requested = of(event('PaymentRequested', { ...about, amountCents: 9_000, method: 'card' }))
const unresolved = of(event('PaymentUnresolved', { reason: 'timeout' }))
const refunding = (attempt: number) => of(event('RefundRequested', { amountCents: 9_000, reason: 'paid-too-late', attempt }))
const paid = command('RecordPayment', { process })

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
  return { ledger, given: givenReactor(createPayments(provider)) }
}

test('a checkout is charged once, however often it is asked for', async () => {
  const { given, ledger } = openProvider()
  for (const commandId of ['one', 'another']) await given.when(requested, { commandId }).thenCommands(paid)
  assert.deepEqual([ledger.balanceCents(), ledger.entries()[0]?.asked], [9_000, 2])
})

test('a card that is declined, and a provider without an answer, are told to the checkout', async () => {
  await openProvider({ status: 'declined', reason: 'no' })
    .given.when(requested)
    .thenCommands(command('RecordDecline', { process, reason: 'no' }))
  await openProvider()
    .given.whenGivenUp(requested, { error: new Error('away') })
    .thenCommands(command('RecordNoAnswer', { process, reason: 'away' }))
})

test('a charge that was taken without an answer is given back; one that was not is never taken', async () => {
  for (const wasCaptured of [true, false]) {
    const { given, ledger } = openProvider()
    if (wasCaptured) await given.when(requested).thenCommands(paid)
    await given.when(unresolved).thenCommands(command('RecordVoid', { process, wasCaptured }))
    await given.when(requested).thenCommands(command('RecordDecline', { process, reason: 'voided' }))
    assert.equal(ledger.balanceCents(), 0)
  }
  await openProvider()
    .given.whenGivenUp(unresolved, { error: new Error('away') })
    .thenThrows(/away/)
})

test('a refund that is asked for again is made once', async () => {
  const { given, ledger } = openProvider()
  await given.when(requested).thenCommands(paid)
  for (const attempt of [1, 2]) await given.when(refunding(attempt)).thenCommands(command('RecordRefund', { process }))
  assert.equal(ledger.balanceCents(), 0)
  await given
    .whenGivenUp(refunding(1), { error: new Error('away') })
    .thenCommands(command('RecordFailedRefund', { process, reason: 'away' }))
})
