import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLedger, type Entry } from './ledger.ts'

const charge = { key: 'c1', amountCents: 500, method: 'card' }
const approve = () => ({ status: 'approved' }) as const
const never = () => assert.fail('it was decided already')

test('a charge is captured once, however often it is asked for', () => {
  const ledger = createLedger()
  assert.deepEqual(ledger.charge(charge, approve), { status: 'approved' })
  assert.deepEqual(ledger.charge(charge, never), { status: 'approved' })
  assert.equal(ledger.balanceCents(), 500)
  assert.equal(ledger.get('c1')?.asked, 2)
})

test('a declined charge stays declined', () => {
  const ledger = createLedger()
  ledger.charge(charge, () => ({ status: 'declined', reason: 'no' }))
  assert.equal(ledger.charge(charge, never).status, 'declined')
  assert.equal(ledger.balanceCents(), 0)
})

test('what is voided is given back, or never taken', () => {
  const ledger = createLedger()
  ledger.charge(charge, approve)
  assert.deepEqual(ledger.voidCharge('c1'), { wasCaptured: true })
  assert.deepEqual(ledger.voidCharge('c1'), { wasCaptured: true })
  assert.deepEqual(ledger.voidCharge('c2'), { wasCaptured: false })
  assert.equal(ledger.charge({ ...charge, key: 'c2' }, never).status, 'declined')
  assert.equal(ledger.balanceCents(), 0)
})

test('no more is given back than was taken, and nothing twice', () => {
  const ledger = createLedger()
  ledger.charge(charge, approve)
  const refund = { key: 'r1', chargeKey: 'c1', amountCents: 300 }
  ledger.refund(refund)
  ledger.refund(refund)
  assert.equal(ledger.balanceCents(), 200)
  assert.throws(() => ledger.refund({ ...refund, key: 'r2' }), /200 left to give back, not 300/)
  assert.throws(() => ledger.refund({ ...refund, key: 'r3', chargeKey: 'c9' }), /0 left/)
  assert.throws(() => ledger.refund({ ...refund, amountCents: 1 }), /used for something else/)
  assert.throws(() => ledger.charge({ ...charge, key: 'r1' }, never), /used for something else/)
})

test('the books are kept by whoever is told of each change', () => {
  const kept = new Map<string, Entry>()
  const first = createLedger((entry) => kept.set(entry.key, entry))
  first.charge(charge, approve)
  first.refund({ key: 'r1', chargeKey: 'c1', amountCents: 300 })
  const second = createLedger(undefined, [...kept.values()])
  assert.equal(second.balanceCents(), 200)
  assert.deepEqual(second.charge(charge, never), { status: 'approved' })
})
