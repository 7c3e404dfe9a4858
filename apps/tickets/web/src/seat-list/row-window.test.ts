import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rowWindow, scrollToShow } from './row-window.ts'

test('renders the rows in sight and a few spare ones', () => {
  assert.deepEqual(rowWindow({ scrollTop: 400, height: 200, rowHeight: 40 }, 100), { first: 7, last: 19 })
  assert.deepEqual(rowWindow({ scrollTop: 0, height: 200, rowHeight: 40 }, 3), { first: 1, last: 3 })
})

test('scrolls as little as possible', () => {
  const state = { scrollTop: 400, height: 200, rowHeight: 40 }
  assert.equal(scrollToShow(12, state), 400)
  assert.equal(scrollToShow(2, state), 40)
  assert.equal(scrollToShow(20, state), 600)
})
