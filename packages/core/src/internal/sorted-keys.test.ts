import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SortedKeys } from './sorted-keys.ts'

test('keeps keys in order whatever order they come and go in', () => {
  const keys = new SortedKeys()
  const known = new Set<string>()
  let seed = 1
  const random = (below: number): number => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % below
  for (let round = 0; round < 20_000; round++) {
    const key = `k${random(5_000)}`
    if (random(3) === 0) {
      keys.delete(key)
      known.delete(key)
    } else {
      keys.add(key)
      known.add(key)
    }
  }
  const sorted = [...known].sort()
  assert.deepEqual([...keys.from('')], sorted)
  assert.deepEqual(
    [...keys.from('k25')],
    sorted.filter((key) => key >= 'k25'),
  )
  assert.deepEqual([...keys.from('z')], [])
  for (const key of known) keys.delete(key)
  assert.deepEqual([...keys.from('')], [])
})
