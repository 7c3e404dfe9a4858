import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHouse, fromSeatId, placeOf, sectionOf, toSeatId } from './house.ts'

const house = createHouse([
  { id: 'A', name: 'Stalls', priceCents: 6000, rows: 3, seatsPerRow: 4 },
  { id: 'B', name: 'Circle', priceCents: 4000, rows: 2, seatsPerRow: 5 },
  { id: 'C', name: 'Box', priceCents: 6000, rows: 1, seatsPerRow: 2 },
])

test('numbers every seat of the house once, and back', () => {
  assert.equal(house.capacity, 24)
  for (let seat = 0; seat < house.capacity; seat++) assert.equal(fromSeatId(house, toSeatId(house, seat)), seat)
})

test('finds the section at its first and last seat', () => {
  assert.deepEqual(
    [0, 11, 12, 21, 22, 23].map((seat) => sectionOf(house, seat).id),
    ['A', 'A', 'B', 'B', 'C', 'C'],
  )
  assert.equal(placeOf(house, 21).row, 2)
  assert.equal(placeOf(house, 21).number, 5)
})

test('gives equal prices the same zone, dearest first', () => {
  assert.deepEqual(
    house.sections.map((section) => section.zone),
    [0, 1, 0],
  )
})

test('refuses ids of other houses', () => {
  for (const id of ['A-4-1', 'A-1-5', 'A-0-1', 'Z-1-1', 'A', '']) assert.equal(fromSeatId(house, id), -1, id)
})
