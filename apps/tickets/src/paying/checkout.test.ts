import { test } from 'node:test'
import { cancel, command, event, schedule } from '@millrace/core'
import { given } from '@millrace/testing'
import { checkout } from './checkout.ts'

const process = 'hamlet/b1'
const about = { showId: 'hamlet', bookingId: 'b1', holdId: 'h1', customerId: 'eve', seats: ['A-1-1', 'A-1-2'] }
const { showId: _, ...inShow } = about
const requested = event('PaymentRequested', { ...about, amountCents: 9_000, method: 'card' })
const captured = event('PaymentCaptured', { amountCents: 9_000 })
const refunding = event('RefundRequested', { amountCents: 9_000, reason: 'paid-too-late', attempt: 1 })
const told = (data: object) => ({ process, key: 'hamlet', timeMs: 5, data: { ...data } })
const sent = (...commands: readonly { readonly type: string; readonly data: object }[]) =>
  event('checkout.Sent', { commands: [...commands] as never })
const checkoutStarted = command('checkout.on.CheckoutStarted', told({ ...inShow, totalCents: 9_000, method: 'card' }))
const endCheckout = command('EndCheckout', { showId: 'hamlet', holdId: 'h1', bookingId: 'b1' })

test('a checkout that has started asks for the payment, once', async () => {
  await given(checkout.aggregate).when(checkoutStarted).thenEvents(requested)
  await given(checkout.aggregate, requested).when(checkoutStarted).thenNothing()
})

test('what is paid is to be booked', async () => {
  const confirm = command('ConfirmPaid', { ...about, totalCents: 9_000 })
  await given(checkout.aggregate, requested).when(command('RecordPayment', { process })).thenEvents(captured, sent(confirm))
  await given(checkout.aggregate, requested, captured).when(command('RecordPayment', { process })).thenNothing()
})

test('a card that is declined lets the hold be paid for again', () =>
  given(checkout.aggregate, requested)
    .when(command('RecordDecline', { process, reason: 'no' }))
    .thenEvents(event('PaymentDeclined', { reason: 'no' }), sent(endCheckout)))

test('without an answer the payment is voided, and then the hold can be paid for again', async () => {
  const unresolved = event('PaymentUnresolved', { reason: 'timeout' })
  await given(checkout.aggregate, requested)
    .when(command('RecordNoAnswer', { process, reason: 'timeout' }))
    .thenEvents(unresolved)
  await given(checkout.aggregate, requested, unresolved)
    .when(command('RecordVoid', { process, wasCaptured: true }))
    .thenEvents(event('PaymentVoided', { wasCaptured: true }), sent(endCheckout))
  // What was voided is not paid, whatever is said later.
  await given(checkout.aggregate, requested, unresolved).when(command('RecordPayment', { process })).thenNothing()
})

test('what was paid too late, or for a booking that is cancelled, is given back, once', async () => {
  const tooLate = command('checkout.on.PaidTooLate', told({ bookingId: 'b1', holdId: 'h1', customerId: 'eve', totalCents: 9_000 }))
  const cancelled = command('checkout.on.BookingCancelled', told({ ...inShow, totalCents: 9_000, isPaid: true }))
  await given(checkout.aggregate, requested, captured).when(tooLate).thenEvents(refunding)
  await given(checkout.aggregate, requested, captured)
    .when(cancelled)
    .thenEvents(event('RefundRequested', { amountCents: 9_000, reason: 'booking-cancelled', attempt: 1 }))
  await given(checkout.aggregate, requested, captured, refunding).when(cancelled).thenNothing()
  await given(checkout.aggregate, requested).when(tooLate).thenNothing()
})

test('a refund that fails is tried again, later and later, until it is made', async () => {
  const failed = given(checkout.aggregate, requested, captured, refunding).when(
    command('RecordFailedRefund', { process, reason: 'away' }),
    {
      nowMs: 1_000,
    },
  )
  await failed.thenEvents(event('RefundFailed', { reason: 'away', againMs: 61_000 }))
  await failed.thenTimers(schedule(61_000, command('RetryRefund', { process }), { name: 'refund' }))
  const again = event('RefundRequested', { amountCents: 9_000, reason: 'paid-too-late', attempt: 2 })
  await given(checkout.aggregate, requested, captured, refunding).when(command('RetryRefund', { process })).thenEvents(again)
  await given(checkout.aggregate, requested, captured, refunding, again)
    .when(command('RecordFailedRefund', { process, reason: 'away' }))
    .thenEvents(event('RefundFailed', { reason: 'away', againMs: 120_000 }))
  const made = given(checkout.aggregate, requested, captured, refunding, again).when(command('RecordRefund', { process }))
  await made.thenEvents(event('RefundMade', { amountCents: 9_000 }))
  await made.thenTimers(cancel('refund'))
})
