import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Turns } from './turns.ts'

test("each turn of the event loop is one reader's, in the order they asked", async () => {
  const turns = new Turns()
  const seen: string[] = []
  const immediates: number[] = []
  const count = (): void => {
    immediates.push(seen.length)
    if (seen.length < 4) setImmediate(count)
  }
  setImmediate(count)
  await Promise.all(['a', 'b', 'c', 'd'].map((name) => turns.next().then(() => seen.push(name))))
  assert.deepEqual(seen, ['a', 'b', 'c', 'd'])
  // Other work had its turn after each of them.
  assert.deepEqual([...new Set(immediates)].slice(0, 4), [0, 1, 2, 3])
})
