import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Watcher } from './watcher.ts'
import { Watchers } from './watchers.ts'

test('many who watch are told in turns, and who leaves in between is told nothing', async () => {
  const turns: (() => void)[] = []
  const watchers = new Watchers({
    nowMs: () => 0,
    after(_delayMs, callback) {
      turns.push(callback)
      return () => undefined
    },
  })
  const told = new Map<number, number>()
  const all = Array.from({ length: 2_500 }, (_, at): Watcher => ({
    seen: at === 7 ? 1 : 0,
    position: '',
    ahead: undefined,
    isWaiting: at !== 3,
    onReady: () => void told.set(at, (told.get(at) ?? 0) + 1),
    onEnd: undefined,
  }))
  for (const watcher of all) watchers.add(watcher)
  const done = watchers.wake(1, 0)
  assert.ok(told.size > 0 && told.size < all.length / 2, `${told.size} in the first turn`)
  watchers.delete(all[2_400]!)
  while (turns.length > 0) {
    turns.shift()!()
    await new Promise((resolve) => setImmediate(resolve))
  }
  await done
  // Not the one who left, who has not taken what there was before, or who has seen it already.
  assert.deepEqual(
    all
      .keys()
      .filter((at) => told.get(at) !== 1)
      .toArray(),
    [3, 7, 2_400],
  )
})
