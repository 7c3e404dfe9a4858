import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fingerprintOf, murmur2, partitionOf } from './hash.ts'

test('murmur2 gives what Kafka gives', () => {
  // org.apache.kafka.common.utils.UtilsTest#testMurmur2
  const known: readonly (readonly [string, number])[] = [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ]
  for (const [text, hash] of known) assert.equal(murmur2(new TextEncoder().encode(text)) | 0, hash, text)
})

test('every key has a partition, also keys that are not ASCII', () => {
  for (const key of ['', 'a', 'Zürich', '座席', '🎭'.repeat(50), 'x'.repeat(64), 'x'.repeat(65), `${'x'.repeat(40)}é`]) {
    const partition = partitionOf(key, 12)
    assert.equal(partition, (murmur2(new TextEncoder().encode(key)) & 0x7fffffff) % 12, key)
    assert.ok(Number.isInteger(partition) && partition >= 0 && partition < 12, key)
  }
})

test('a fingerprint tells where one text ends and the next begins', () => {
  assert.notEqual(fingerprintOf('ab', 'c'), fingerprintOf('a', 'bc'))
  assert.equal(fingerprintOf('ab', 'c'), fingerprintOf('ab', 'c'))
})
