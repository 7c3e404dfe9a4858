import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../ports/clock.ts'
import { Slice } from './slice.ts'

function handClock(): Clock & { nowIs: number } {
  const clock = { nowIs: 0, nowMs: () => clock.nowIs, after: () => () => undefined }
  return clock
}

test('a slice is over after a while, and begins anew with the next one', async () => {
  const clock = handClock()
  const slice = new Slice(clock)
  assert.equal(slice.isOver, false)
  clock.nowIs = 5
  assert.equal(slice.isOver, true)
  await slice.next()
  assert.equal(slice.isOver, false)
})

test('it is as long as the others have just had, and never long', async () => {
  const clock = handClock()
  const slice = new Slice(clock)
  const lengthAfter = async (othersMs: number): Promise<number> => {
    const gone = slice.next()
    clock.nowIs += othersMs
    await gone
    for (let length = 0; ; length++) {
      if (slice.isOver) return length
      clock.nowIs++
    }
  }
  assert.deepEqual([await lengthAfter(0), await lengthAfter(3), await lengthAfter(500), await lengthAfter(0)], [1, 3, 8, 1])
})

test('others have their turn before it goes on', async () => {
  const slice = new Slice(handClock())
  const seen: string[] = []
  const other = new Promise<void>((resolve) => setImmediate(() => resolve(void seen.push('other'))))
  await slice.next()
  await slice.next()
  seen.push('slice')
  await other
  assert.deepEqual(seen, ['other', 'slice'])
})

test('of several that wait, each has a turn of its own', async () => {
  const clock = handClock()
  let turn = 0
  let isGoing = true
  const count = (): void => {
    turn++
    if (isGoing) setImmediate(count)
  }
  setImmediate(count)
  const turns = await Promise.all(
    Array.from({ length: 5 }, async () => {
      await new Slice(clock).next()
      return turn
    }),
  )
  isGoing = false
  assert.equal(new Set(turns).size, 5, turns.join(' '))
})
