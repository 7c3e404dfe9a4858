import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHouse, fromSeatId } from './house.ts'
import { seatCode } from './seat-code.ts'
import { fullSeatName, groupSeats, joinRuns, totalCents } from './seat-names.ts'

const house = createHouse([{ id: 'B', name: 'Balcony', priceCents: 4500, rows: 5, seatsPerRow: 20 }])

test('a seat says its whole name with its status', () => {
  assert.equal(fullSeatName(house, fromSeatId(house, 'B-3-12'), seatCode.free), 'Row 3, seat 12, Balcony, 45 EUR, available')
})

test('neighbours are joined as on a bill', () => {
  assert.equal(joinRuns([4, 5, 6, 9, 11, 12]), '4–6, 9, 11, 12')
})

test('groups seats by row and adds up their prices', () => {
  const seats = ['B-2-3', 'B-1-7', 'B-2-4'].map((id) => fromSeatId(house, id))
  assert.deepEqual(
    groupSeats(house, seats).map(({ row, numbers, totalCents }) => [row, numbers, totalCents]),
    [
      [1, '7', 4500],
      [2, '3, 4', 9000],
    ],
  )
  assert.equal(totalCents(house, seats), 13500)
})
