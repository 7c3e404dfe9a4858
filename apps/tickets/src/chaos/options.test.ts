import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toOptions } from './options.ts'

test('options have defaults, and the seed is whatever comes', () =>
  assert.deepEqual(toOptions([], 42), { minutes: 3, seed: 42, clients: 60, out: undefined }))
test('a seed is taken', () => assert.equal(toOptions(['--seed', '7'], 42)?.seed, 7))
test('help is no run', () => assert.equal(toOptions(['--help'], 1), undefined))
test('what is wrong is named', () => {
  for (const [args, message] of [
    [['--minutes', '0'], /--minutes: got '0', expected a number from 0.5/],
    [['--seed', '1.5'], /--seed: got '1.5', expected a whole number/],
    [['--sed', '3'], /--sed/],
  ] as const) {
    assert.throws(() => toOptions(args, 1), message)
  }
})
