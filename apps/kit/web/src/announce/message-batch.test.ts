import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMessageBatch, QUIET_MS } from './message-batch.ts'

function openBatch(): { said: string[]; add(message: string): void; pass(ms: number): void } {
  let nowMs = 0
  let due: { atMs: number; run: () => void } | undefined
  const said: string[] = []
  const batch = createMessageBatch((text) => said.push(text), {
    now: () => nowMs,
    after(ms, run) {
      due = { atMs: nowMs + ms, run }
      return () => (due = undefined)
    },
  })
  return {
    said,
    add: (message) => batch.add(message),
    pass(ms) {
      nowMs += ms
      if (due && due.atMs <= nowMs) {
        const { run } = due
        due = undefined
        run()
      }
    },
  }
}

test('says the first message at once and joins the next ones', () => {
  const { said, add, pass } = openBatch()
  add('Seat 1 chosen.')
  pass(0)
  add('Seat 2 chosen.')
  add('Seat 3 chosen.')
  pass(QUIET_MS - 1)
  assert.deepEqual(said, ['Seat 1 chosen.'])
  pass(1)
  assert.deepEqual(said, ['Seat 1 chosen.', 'Seat 2 chosen. Seat 3 chosen.'])
})

test('a flood is cut to its latest messages', () => {
  const { said, add, pass } = openBatch()
  for (let seat = 1; seat <= 9; seat++) add(`Seat ${seat} went.`)
  pass(0)
  assert.deepEqual(said, ['5 earlier messages. Seat 6 went. Seat 7 went. Seat 8 went. Seat 9 went.'])
})
