import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openFakePayments } from './fake-payments.ts'
import { openPayments } from './open-payments.ts'

const options = { host: '127.0.0.1', directory: undefined, isUsed: true, variable: 'SHOP_PAYMENTS', script: 'npm start' }
const { signal } = new AbortController()
const charge = { key: 'c1', amountCents: 100, method: 'card-approved' }

test('the provider of another instance is shared, and replaced when that instance ends', async () => {
  const first = await openFakePayments()
  const port = Number(new URL(first.url).port)
  await using shared = await openPayments({ kind: 'fake', port }, options)
  assert.deepEqual(await shared.provider.charge(charge, signal), { status: 'approved' })
  assert.equal(first.ledger.balanceCents(), 100)
  await first[Symbol.asyncDispose]()
  await assert.rejects(shared.provider.charge({ ...charge, key: 'c2' }, signal))
  // As a reactor does: it tries again.
  for (let attempt = 1; ; attempt++) {
    const answer = await shared.provider.charge({ ...charge, key: 'c2' }, signal).catch(() => undefined)
    if (answer !== undefined) return assert.deepEqual(answer, { status: 'approved' })
    assert.ok(attempt < 2_000, 'nobody opened a provider')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
})

test('a port that somebody else has is named, with what to do', async () => {
  const { createServer } = await import('node:http')
  const other = createServer((_request, response) => response.end('hello'))
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as { readonly port: number }
  try {
    await assert.rejects(openPayments({ kind: 'fake', port }, options), {
      name: 'SettingsError',
      message: new RegExp(`SHOP_PAYMENTS: port ${port} is in use, and not by a payment provider`),
    })
  } finally {
    other.close()
  }
})
