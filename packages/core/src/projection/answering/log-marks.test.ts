import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock } from '@millrace/testing'
import { LogMarks } from './log-marks.ts'

test('who asks while a mark is being taken is given the next one, and all of them the same', async () => {
  const asked: PromiseWithResolvers<readonly number[]>[] = []
  const clock = createVirtualClock()
  const ends = (): Promise<readonly number[]> => {
    asked.push(Promise.withResolvers())
    return asked.at(-1)!.promise
  }
  const marks = new LogMarks({ ends }, clock)
  const first = marks.take()
  await clock.advance(5)
  const [second, third] = [marks.take(), marks.take()]
  assert.equal(asked.length, 1)
  asked[0]!.resolve([1])
  assert.deepEqual(await first, { atMs: 0, end: new Map([[0, 1]]) })
  await clock.advance(5)
  assert.equal(asked.length, 2)
  asked[1]!.resolve([2])
  assert.equal(await second, await third)
  assert.deepEqual((await third).end, new Map([[0, 2]]))
  assert.equal(marks.asOfMs(new Map([[0, 1]])), 0)
  assert.equal(marks.asOfMs(new Map([[0, 2]])), 5)
  assert.equal(marks.asOfMs(new Map()), -Infinity)
})

test('a mark that could not be taken is taken again, and spoils nothing', async () => {
  let isAway = true
  const marks = new LogMarks({ ends: () => (isAway ? Promise.reject(new Error('away')) : Promise.resolve([7])) }, createVirtualClock())
  await marks.renew()
  await assert.rejects(marks.take(), /away/)
  isAway = false
  assert.deepEqual((await marks.take()).end, new Map([[0, 7]]))
})

test('however many marks are taken, few are kept, and the old ones still count', async () => {
  const clock = createVirtualClock()
  let end = 0
  const marks = new LogMarks({ ends: () => Promise.resolve([++end]) }, clock)
  for (let taken = 0; taken < 2_000; taken++) {
    await marks.take()
    if (taken % 100 === 0) await clock.advance(100)
  }
  const atMs = [...Array(2_001).keys()].map((next) => marks.asOfMs(new Map([[0, next]])))
  assert.ok(atMs.every((each, at) => at === 0 || each >= atMs[at - 1]!))
  assert.ok(atMs[1_000]! > -Infinity && atMs.at(-1) === 2_000, `${atMs[1_000]}, ${atMs[2_000]}`)
})
