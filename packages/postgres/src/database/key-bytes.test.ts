import assert from 'node:assert/strict'
import { test } from 'node:test'
import { afterPrefix, fromKeyBytes, toKeyBytes } from './key-bytes.ts'

const keys = [
  '',
  'a',
  'a\u0000',
  'aa',
  'b',
  '\u007f',
  '\u0080',
  'ü',
  '\u07ff',
  '\u0800',
  '日',
  '\ud7ff',
  '\ud83c',
  '\ud83c\udfad',
  '\ud83ca',
  '\udfad',
  '\ue000',
  '\ufffd',
  '\uffff',
  '\uffffa',
]

test('keys compare as bytes in the order of their UTF-16 code units', () => {
  const byBytes = [...keys].sort((one, other) => Buffer.compare(toKeyBytes(one), toKeyBytes(other)))
  assert.deepEqual(byBytes, [...keys].sort())
})

test('keys come back as they were, half surrogate pairs too', () => {
  for (const key of keys) assert.equal(fromKeyBytes(toKeyBytes(key)), key)
})

test('the end of a prefix parts the keys that begin with it from those after', () => {
  for (const prefix of keys) {
    const end = afterPrefix(toKeyBytes(prefix))
    for (const key of keys.filter((each) => each >= prefix)) {
      assert.equal(end === undefined || Buffer.compare(toKeyBytes(key), end) < 0, key.startsWith(prefix), JSON.stringify([prefix, key]))
    }
  }
})
