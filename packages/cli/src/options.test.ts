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

const wrong: readonly (readonly [args: readonly string[], says: RegExp])[] = [
  [[], /name what to do/],
  [['rebuilt', 'x'], /there is no command 'rebuilt' \(known: read-models, rebuild/],
  [['verify'], /verify: name the projection/],
  [['verify', 'a', 'b'], /got also 'b'/],
  [['read-models', 'a'], /takes no projection/],
  [['read-models', '--url', 'localhost:3000'], /--url: expected an address/],
  [['read-models', '--urls', 'x'], /--urls/],
]
for (const [args, says] of wrong) {
  test(`'millrace ${args.join(' ')}' is refused with what to do`, () => {
    assert.throws(() => toOptions(args), { name: 'UsageError', message: says })
  })
}
