import assert from 'node:assert/strict'
import { beforeEach, test, type TestContext } from 'node:test'
import { connection, noteConnection } from './connection-store.ts'

const isLost = (): boolean => connection.get().lost

beforeEach(() => noteConnection('shows', 'closed'))

test('a first answer that does not come is a loss, and data ends it', ({ mock }: TestContext) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  noteConnection('shows', 'connecting')
  mock.timers.tick(4_999)
  noteConnection('shows', 'connecting') // tried again: no new time
  assert.equal(isLost(), false)
  mock.timers.tick(1)
  assert.equal(isLost(), true)
  noteConnection('shows', 'connecting')
  assert.equal(isLost(), true, 'trying is not having')
  noteConnection('shows', 'live')
  assert.equal(isLost(), false)
})

test('what has its answer, or is not watched any more, is not waited for', ({ mock }: TestContext) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  noteConnection('shows', 'connecting')
  noteConnection('shows', 'live')
  noteConnection('seatMap', 'connecting')
  noteConnection('seatMap', 'closed')
  mock.timers.tick(60_000)
  assert.equal(isLost(), false)
})
