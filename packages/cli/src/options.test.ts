import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toOptions } from './options.ts'

test('a command has its projection, and an address that is there unless named', () => {
  assert.deepEqual(toOptions(['rebuild', 'seat-map']), { command: 'rebuild', projection: 'seat-map', url: 'http://127.0.0.1:3000' })
  assert.deepEqual(toOptions(['--url', 'https://shop.example/api/', 'read-models']), {
    command: 'read-models',
    url: 'https://shop.example/api',
  })
  assert.deepEqual(toOptions(['rebuild', '--help']), { command: 'help' })
})

test('who decides about a parked key says what, who and why', () => {
  const said = { url: 'http://127.0.0.1:3000', reader: 'payments', by: 'ann', why: 'the bank is back' }
  const words = ['--by', 'ann', '--why', 'the bank is back']
  assert.deepEqual(toOptions(['retry', 'payments', 'o-1', ...words]), { command: 'retry', key: 'o-1', ...said })
  assert.deepEqual(toOptions(['retry', 'payments', '--all', ...words]), { command: 'retry', key: undefined, ...said })
  assert.deepEqual(toOptions(['skip', 'payments', 'o-1', '1042', ...words]), { command: 'skip', key: 'o-1', offset: 1042, ...said })
  assert.deepEqual(toOptions(['parked']), { command: 'parked', url: said.url })
})

const wrong: readonly (readonly [args: readonly string[], says: RegExp])[] = [
  [[], /name what to do/],
  [['rebuilt', 'x'], /there is no command 'rebuilt' \(known: read-models, rebuild/],
  [['verify'], /verify: name the projection/],
  [['verify', 'a', 'b'], /got also 'b'/],
  [['read-models', 'a'], /read-models takes no name, and got 'a'/],
  [['parked', 'a'], /parked takes no name/],
  [['verify', 'a', '--why', 'b'], /verify takes no --why/],
  [['retry'], /retry: name the projection or reactor/],
  [['retry', 'a', 'b', '--why', 'c'], /retry: say who decides, --by/],
  [['retry', 'a', 'b', '--by', 'c', '--why', ' '], /retry: say why, --why/],
  [['retry', 'a', '--by', 'c', '--why', 'd'], /name one key, or --all/],
  [['retry', 'a', 'b', '--all', '--by', 'c', '--why', 'd'], /name one key, or --all/],
  [['retry', 'a', 'b', 'x', '--by', 'c', '--why', 'd'], /retry takes one key, and got also 'x'/],
  [['skip', 'a', 'b', '--by', 'c', '--why', 'd'], /skip: name the key, and the offset/],
  [['skip', 'a', 'b', '3rd', '--by', 'c', '--why', 'd'], /a whole number, got '3rd'/],
  [['skip', 'a', 'b', '3', '4', '--by', 'c', '--why', 'd'], /skip takes one event, and got also '4'/],
  [['skip', 'a', '--all', '--by', 'c', '--why', 'd'], /skip takes no --all/],
  [['read-models', '--url', 'localhost:3000'], /--url: expected an address/],
  [['read-models', '--urls', 'x'], /--urls/],
]
for (const [args, says] of wrong) {
  test(`'millrace ${args.join(' ')}' is refused with what to do`, () => {
    assert.throws(() => toOptions(args), { name: 'UsageError', message: says })
  })
}
