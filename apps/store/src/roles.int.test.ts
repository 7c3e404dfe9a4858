/** The store as two instances on one log: one decides and is asked for payments, one shows. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryLog, type Log } from '@millrace/core'
import { openStoreApp } from './testing/open-app.ts'

test('the shelves are filled once by who decides, and shown by who answers', async () => {
  const log: Log = { ...createMemoryLog({ partitions: 4 }), [Symbol.asyncDispose]: () => Promise.resolve() }
  await using reader = await openStoreApp({ log, role: 'read', web: false })
  assert.deepEqual(await reader.running.query('stock', {}), [], 'who only reads fills none')
  for (let start = 0; start < 2; start++) {
    await using writer = await openStoreApp({ log, role: 'write', web: false })
    assert.equal((await fetch(`${writer.url}/queries/catalogue`)).status, 421)
    const lookUp = await fetch(`${writer.url}/guests/look-up`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ number: 'MR-1111-1111', email: 'ann@example.com' }),
    })
    assert.equal(lookUp.status, 421, 'a look-up is a query')
  }
  const stock = await reader.running.query('stock', {}, { maxAgeMs: 0 })
  const bowl = stock.find(({ productId }) => productId === 'walnut-bowl')
  assert.deepEqual([stock.length, bowl?.available], [12, 1])
})
