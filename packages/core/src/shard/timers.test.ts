import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Timers, type Timer } from './timers.ts'

const timer = (id: string, dueMs: number, name?: string): Timer => ({ id, dueMs, type: 'Due', key: 'k', data: '{}', name })

test('timers come up in the order they are due', () => {
  const timers = new Timers()
  const due = Array.from({ length: 500 }, (_, at) => (at * 7919) % 1_009)
  due.forEach((dueMs, at) => timers.add(timer(`t${at}`, dueMs)))
  const seen: number[] = []
  for (let first = timers.first(); first !== undefined; first = timers.first()) {
    seen.push(first.dueMs)
    timers.delete(first.id)
  }
  assert.deepEqual(
    seen,
    [...due].sort((one, other) => one - other),
  )
  assert.equal(timers.size, 0)
})

test('a name is held by the last timer that took it', () => {
  const timers = new Timers()
  timers.add(timer('a', 1, 'n'))
  timers.add(timer('b', 2, 'n'))
  assert.equal(timers.first()?.id, 'b')
  timers.delete('a')
  assert.equal(timers.size, 1)
  timers.cancel('n')
  assert.equal(timers.first(), undefined)
  timers.cancel('n')
})
