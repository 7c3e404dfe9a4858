import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toJourney } from './journey.ts'

const steps = (...whats: string[]) => whats.map((what, at) => ({ what, atMs: at }))
const states = (order: 'pending' | 'cancelled' | 'completed', ...whats: string[]) =>
  toJourney({ order, timeline: steps(...whats) })
    .map(({ state }) => state[0])
    .join('')

test('an order has stages behind it, one it waits for, and others ahead', () => {
  assert.equal(states('pending', 'OrderPlaced'), 'dcaaa')
  assert.equal(states('pending', 'OrderPlaced', 'OrderConfirmed', 'ParcelPacked'), 'dddca')
  assert.equal(states('completed', 'OrderPlaced', 'OrderConfirmed', 'ParcelPacked', 'ParcelShipped', 'OrderCompleted'), 'ddddd')
})

test('a cancelled order waits for nothing', () => assert.equal(states('cancelled', 'OrderPlaced', 'OrderCancelled'), 'daaaa'))
