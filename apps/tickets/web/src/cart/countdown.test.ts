import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clockText, phaseOf, remainingMs, spokenTime, warnFromMs } from './countdown.ts'

test('counts by the server clock and stops at zero', () => {
  assert.equal(remainingMs(10_000, 4_000), 6_000)
  assert.equal(remainingMs(10_000, 40_000), 0)
})

test('warns a minute before the end of a long hold, never with less than 20 s', () => {
  assert.equal(warnFromMs(600_000), 60_000)
  assert.equal(warnFromMs(120_000), 30_000)
  assert.equal(warnFromMs(30_000), 20_000)
})

test('goes from calm to warning to over', () => {
  assert.deepEqual(
    [60_001, 60_000, 1, 0].map((left) => phaseOf(left, 600_000)),
    ['calm', 'warning', 'warning', 'over'],
  )
})

test('shows 0:00 only when it is over', () => {
  assert.deepEqual([600_000, 65_001, 999, 0].map(clockText), ['10:00', '1:06', '0:01', '0:00'])
  assert.deepEqual([600_000, 61_000, 20_000, 0].map(spokenTime), ['10 minutes', '1 minute 1 second', '20 seconds', '0 seconds'])
})
