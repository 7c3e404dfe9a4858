import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RecentCommands } from './recent-commands.ts'

test('an id is known for exactly a window of positions', () => {
  const recent = new RecentCommands(100)
  for (let offset = 0; offset < 1_000; offset++) {
    recent.add(`c${offset}`, offset)
    const next = offset + 1
    if (offset >= 100) {
      assert.equal(recent.find(`c${next - 100}`, next), next - 100)
      assert.equal(recent.find(`c${next - 101}`, next), undefined)
    }
  }
})

test('what never got into the log is forgotten', () => {
  const recent = new RecentCommands(100)
  for (let offset = 0; offset < 150; offset++) recent.add(`c${offset}`, offset)
  recent.forgetFrom(90)
  assert.equal(recent.find('c89', 120), 89)
  assert.equal(recent.find('c90', 120), undefined)
  assert.equal(recent.find('c149', 150), undefined)
})
