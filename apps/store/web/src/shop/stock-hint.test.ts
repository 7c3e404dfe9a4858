import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stockHint } from './stock-hint.ts'

test('the shelf says how many are left where they are few', () => {
  assert.deepEqual(stockHint(40, 0), { text: 'In stock', tone: 'plenty' })
  assert.deepEqual(stockHint(5, 2), { text: 'Only 5 left', tone: 'few' })
  assert.deepEqual(stockHint(1, 1), { text: 'The last one', tone: 'few' })
  assert.deepEqual(stockHint(1, 2), { text: 'Only 1 left', tone: 'none' })
  assert.deepEqual(stockHint(0, 0), { text: 'Sold out', tone: 'none' })
  assert.deepEqual(stockHint(0, 1), { text: 'Sold out meanwhile', tone: 'none' })
})
