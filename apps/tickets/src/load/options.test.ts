import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toOptions } from './options.ts'

test('options have defaults', () =>
  assert.deepEqual(toOptions([]), {
    url: 'http://127.0.0.1:3000',
    users: 5_000,
    seconds: 60,
    shows: ['theatre', 'arena'],
    writeRatio: 0.3,
    payRatio: 0.5,
    thinkMs: 2_000,
    sockets: 256,
    seed: 1,
    rebuild: 'seat-map',
  }))
test('shows are ids, or how many to create', () => {
  assert.deepEqual(toOptions(['--shows', 'a, b'])?.shows, ['a', 'b'])
  assert.equal(toOptions(['--shows', '20'])?.shows, 20)
})
test('a read model is rebuilt meanwhile, another one, or none', () => {
  assert.equal(toOptions(['--rebuild', 'sales'])?.rebuild, 'sales')
  assert.equal(toOptions(['--rebuild', 'none'])?.rebuild, undefined)
})
test('help is no run', () => assert.equal(toOptions(['--help']), undefined))
test('what is wrong is named', () => {
  for (const [args, message] of [
    [['--users', 'x'], /--users: got 'x', expected a whole number from 1/],
    [['--write-ratio', '1.5'], /--write-ratio: got '1.5', expected a number from 0 to 1/],
    [['--shows', 'a,,b'], /--shows/],
    [['--url', 'ftp://x'], /--url/],
    [['--userz', '3'], /--userz/],
  ] as const) {
    assert.throws(() => toOptions(args), message)
  }
})
