import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Wake } from './wake.ts'

test('keeps nothing of those who have stopped waiting', async () => {
  const wake = new Wake()
  const over = new AbortController()
  const { signal } = over
  let removals = 0
  signal.removeEventListener = (...parameters: Parameters<EventTarget['removeEventListener']>) => {
    removals++
    EventTarget.prototype.removeEventListener.apply(signal, parameters)
  }
  for (let round = 0; round < 20; round++) await wake.wait(signal, 1)
  assert.equal(removals, 20)
  wake.fire()
  assert.equal(removals, 20, 'nobody was left to be woken')
})

test('wakes all who wait, once, and those whose signal aborts', async () => {
  const wake = new Wake()
  const over = new AbortController()
  const woken: string[] = []
  const first = wake.wait(new AbortController().signal).then(() => woken.push('first'))
  const second = wake.wait(over.signal).then(() => woken.push('second'))
  over.abort()
  await second
  assert.deepEqual(woken, ['second'])
  wake.fire()
  await first
  assert.deepEqual(woken, ['second', 'first'])
})
