import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVirtualClock } from './virtual-clock.ts'

test('runs what is due in the order of its time, and of its setting where that is equal', async () => {
  const clock = createVirtualClock({ startMs: 1_000 })
  const ran: (readonly [string, number])[] = []
  const run = (name: string) => () => void ran.push([name, clock.nowMs()])
  clock.after(30, run('late'))
  clock.after(10, run('one'))
  clock.after(10, run('two'))
  clock.after(31, run('not yet'))
  await clock.advance(30)
  assert.deepEqual(ran, [
    ['one', 1_010],
    ['two', 1_010],
    ['late', 1_030],
  ])
  assert.equal(clock.waiting, 1)
})

test('runs what a callback sets within the same span, and what promises set after it', async () => {
  const clock = createVirtualClock()
  const ran: number[] = []
  clock.after(5, () => {
    clock.after(5, () => void ran.push(clock.nowMs()))
    void Promise.resolve().then(() => clock.after(7, () => void ran.push(clock.nowMs())))
  })
  await clock.advance(20)
  assert.deepEqual(ran, [10, 12])
  assert.equal(clock.nowMs(), 20)
})

test('does not run what was taken back', async () => {
  const clock = createVirtualClock()
  const takeBack = clock.after(5, () => assert.fail('it was taken back'))
  takeBack()
  takeBack()
  await clock.advance(10)
})

test('does not go back', async () => {
  await assert.rejects(createVirtualClock().advance(-1), TypeError)
})
