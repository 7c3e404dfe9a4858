import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRateLimit } from './rate-limit.ts'

test('so many tries in a window, for each address of its own', () => {
  let nowMs = 0
  const mayTry = createRateLimit({ most: 2, windowMs: 100 }, () => nowMs)
  assert.deepEqual([mayTry('a'), mayTry('a'), mayTry('a'), mayTry('b')], [true, true, false, true])
  nowMs = 99
  assert.equal(mayTry('a'), false)
  nowMs = 100
  assert.equal(mayTry('a'), true)
})
