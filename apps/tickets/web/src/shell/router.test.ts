import assert from 'node:assert/strict'
import { test } from 'node:test'
import { showLink, ticketLink, toRoute } from './router.ts'

test('reads every page from its link', () => {
  assert.deepEqual(toRoute(''), { page: 'events' })
  assert.deepEqual(toRoute('#/'), { page: 'events' })
  assert.deepEqual(toRoute('#/bookings'), { page: 'bookings' })
  assert.deepEqual(toRoute(showLink('a b/c')), { page: 'show', showId: 'a b/c' })
  assert.deepEqual(toRoute(ticketLink('7K3Q-9XWD')), { page: 'ticket', bookingId: '7K3Q-9XWD' })
})

test('says so when a link leads nowhere', () => {
  for (const hash of ['#/show', '#/nothing/1', '#/ticket/1/2']) assert.deepEqual(toRoute(hash), { page: 'unknown' }, hash)
})

test('a broken escape is not a crash', () => {
  assert.deepEqual(toRoute('#/show/%E0%A4%A'), { page: 'show', showId: '%E0%A4%A' })
})
