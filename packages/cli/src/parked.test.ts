import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ParkedKey } from './operations.ts'
import { showParked } from './parked.ts'

const key: ParkedKey = {
  reader: 'payments',
  kind: 'reactor',
  partition: 3,
  key: 'order-7',
  offset: 1_042,
  type: 'OrderPlaced',
  sinceMs: Date.UTC(2030, 4, 1, 19, 30),
  attempts: 2,
  reason: 'Error: no rate',
}

test('says what it cannot know, and what a retry may do twice', () => {
  assert.equal(showParked({ commands: [], events: [], unknown: [] }), 'nothing is parked\n')
  const elsewhere =
    /^nothing is parked, as far as this instance knows\n\nwhat waits of reactors in partitions 3, 4 is not known here: ask the other instances/
  assert.match(showParked({ commands: [], events: [], unknown: [3, 4] }), elsewhere)
  assert.match(
    showParked({ commands: [], events: [key], unknown: [5] }),
    /order-7 .*Error: no rate\n\nwhat waits of reactors in partition 5 is not/,
  )
  const again = showParked({ commands: [], events: [{ ...key, mayRepeat: true }], unknown: [] })
  assert.match(again, /Error: no rate \(may have been done: a retry may do it twice\)\n$/)
})
