import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHouse, fromSeatId, toSeatId } from './house.ts'
import { nearestFree, replacementsFor } from './nearest-free.ts'

const house = createHouse([
  { id: 'A', name: 'Stalls', priceCents: 6000, rows: 4, seatsPerRow: 10 },
  { id: 'B', name: 'Circle', priceCents: 4000, rows: 4, seatsPerRow: 10 },
])
const seat = (id: string): number => fromSeatId(house, id)
const freeBut =
  (...ids: string[]) =>
  (index: number): boolean =>
    !ids.includes(toSeatId(house, index))
const named = (index: number | undefined): string | undefined => (index === undefined ? undefined : toSeatId(house, index))

test('takes the neighbour in the same row before the seat behind', () => {
  assert.equal(named(nearestFree(house, seat('A-2-5'), { isFree: freeBut('A-2-5', 'A-2-4') })), 'A-2-6')
})

test('prefers the side where the party already sits', () => {
  const kept = [seat('A-2-7'), seat('A-2-8')]
  assert.equal(named(nearestFree(house, seat('A-2-6'), { isFree: freeBut('A-2-6', 'A-2-5'), beside: kept })), 'A-2-9')
})

test('goes to another section only when its own is full', () => {
  assert.equal(named(nearestFree(house, seat('A-4-3'), { isFree: (index) => toSeatId(house, index).startsWith('B') })), 'B-4-3')
})

test('never offers one seat for two lost ones', () => {
  const proposed = replacementsFor(house, [seat('A-1-1'), seat('A-1-2')], { isFree: freeBut('A-1-1', 'A-1-2') })
  assert.deepEqual(proposed.map(named), ['A-2-1', 'A-2-2'])
})

test('has nothing to offer in a full house', () => {
  assert.equal(nearestFree(house, 0, { isFree: () => false }), undefined)
  assert.deepEqual(replacementsFor(house, [0, 1], { isFree: () => false }), [])
})
