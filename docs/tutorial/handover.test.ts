import { test } from 'node:test'
import { cancel, command, event, schedule } from '@millrace/core'
import { given, givenReactor, happened } from '@millrace/testing'
import { ARRIVES_WITHIN_MS, handover } from './handover.ts'
import { createCarrying, shipment } from './shipment.ts'

const lotId = 'lot-7'
const requested = happened(shipment, lotId, event('ShipmentRequested', { to: 'ann' }))

test('what is to be shipped is booked, or there is no carrier', async () => {
  const carrying = givenReactor(createCarrying({ book: () => Promise.resolve({ tracking: '1Z' }) }))
  await carrying.when(requested).thenCommands(command('RecordBooking', { lotId, tracking: '1Z' }))
  await carrying.whenGivenUp(requested, { error: 'no answer' }).thenCommands(command('RecordNoCarrier', { lotId, reason: 'no answer' }))
})

test('a sold lot is shipped, and looked for in two weeks unless it arrives', async () => {
  const closed = { process: lotId, key: lotId, timeMs: 1_000, data: { winner: 'ann' } }
  const begun = given(handover.aggregate).when(command('handover.on.LotClosed', closed))
  await begun.thenEvents(
    event('HandoverBegun', { to: 'ann' }),
    event('handover.Sent', { commands: [command('RequestShipment', { lotId, to: 'ann' })] }),
  )
  await begun.thenTimers(schedule(1_000 + ARRIVES_WITHIN_MS, command('LookForIt', { process: lotId }), { name: 'arrival' }))
  await given(handover.aggregate, event('HandoverBegun', { to: 'ann' }))
    .when(command('handover.on.ShipmentDelivered', { process: lotId, key: lotId, timeMs: 2_000, data: {} }))
    .thenTimers(cancel('arrival'))
})
