import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { httpPayments, LedgerError, openFakePayments } from './index.ts'

const signal = AbortSignal.timeout(60_000)
const charge = (key: string, method = 'card-approved') => ({ key, amountCents: 500, method })

test('charges go as their card says, once for each key', async () => {
  await using fake = await openFakePayments({ slowMs: 100 })
  const payments = httpPayments(fake.url)
  assert.deepEqual(await payments.charge(charge('a'), signal), { status: 'approved' })
  assert.deepEqual(await payments.charge(charge('a'), signal), { status: 'approved' })
  assert.equal((await payments.charge(charge('b', 'card-declined'), signal)).status, 'declined')
  await assert.rejects(payments.charge(charge('c', 'card-answer-lost'), signal), (error) => !(error instanceof LedgerError))
  assert.deepEqual(await payments.charge(charge('c', 'card-answer-lost'), signal), { status: 'approved' })
  assert.equal(fake.ledger.balanceCents(), 1_000)
  assert.equal(fake.ledger.get('a')?.asked, 2)
})

test('a slow charge that is given up and asked for again is made once', async () => {
  await using fake = await openFakePayments({ slowMs: 3_600_000 })
  const payments = httpPayments(fake.url)
  await assert.rejects(payments.charge(charge('a', 'card-slow'), AbortSignal.timeout(300)))
  const again = payments.charge(charge('a', 'card-slow'), signal)
  const hurrying = setInterval(() => fake.hurry(), 20)
  assert.deepEqual(await again, { status: 'approved' })
  clearInterval(hurrying)
  assert.equal(fake.ledger.balanceCents(), 500)
})

test('the page sets the mood, and shows what was done', async () => {
  await using fake = await openFakePayments()
  const payments = httpPayments(fake.url)
  const set = (mood: string) => fetch(`${fake.url}/mood`, { method: 'POST', body: new URLSearchParams({ mood }) })
  assert.match(await (await set('decline')).text(), /value="decline" aria-pressed="true"/)
  assert.equal((await payments.charge(charge('<a>'), signal)).status, 'declined')
  await set('away')
  await assert.rejects(payments.refund({ key: 'r', chargeKey: 'a', amountCents: 1 }, signal))
  assert.equal((await set('angry')).status, 422)
  const page = await (await fetch(fake.url)).text()
  assert.match(page, /<code>&#60;a&#62;<\/code>/)
})

test('what makes no sense is refused for good', async () => {
  await using fake = await openFakePayments()
  const payments = httpPayments(fake.url)
  await assert.rejects(payments.refund({ key: 'r', chargeKey: 'a', amountCents: 1 }, signal), LedgerError)
  await assert.rejects(payments.charge({ key: 'a', amountCents: 0.5, method: 'card' }, signal), /whole number of cents/)
  const noKey = await fetch(`${fake.url}/charges`, { method: 'POST', body: '{}' })
  assert.equal(noKey.status, 422)
})

test('the books survive a restart', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'payments-'))
  try {
    const file = path.join(directory, 'payments.jsonl')
    await using first = await openFakePayments({ file })
    await httpPayments(first.url).charge(charge('a'), signal)
    await using second = await openFakePayments({ file })
    await httpPayments(second.url).refund({ key: 'r', chargeKey: 'a', amountCents: 200 }, signal)
    await using third = await openFakePayments({ file })
    assert.equal(third.ledger.balanceCents(), 300)
  } finally {
    await rm(directory, { recursive: true })
  }
})
