import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHouse, placeOf, type House } from '../seats/house.ts'
import { createHitTest } from './hit-test.ts'
import { seatInSection, toLayout, toWorld, type Layout, type Point } from './layout.ts'

const theatre = createHouse([
  { id: 'S', name: 'Stalls', priceCents: 6500, rows: 10, seatsPerRow: 20 },
  { id: 'L', name: 'Circle left', priceCents: 4500, rows: 5, seatsPerRow: 8 },
  { id: 'M', name: 'Circle', priceCents: 4500, rows: 5, seatsPerRow: 16 },
  { id: 'B', name: 'Balcony', priceCents: 2500, rows: 4, seatsPerRow: 20 },
])
const arena = createHouse(
  Array.from({ length: 40 }, (_, index) => ({
    id: `${index}`,
    name: `Block ${index}`,
    priceCents: index < 20 ? 8900 : 5500,
    rows: 20,
    seatsPerRow: 25,
  })),
)

function seatPoints(house: House, layout: Layout): Point[] {
  return Array.from({ length: house.capacity }, (_, seat) => {
    const { section, row, number } = placeOf(house, seat)
    const placed = layout.placed.find((one) => one.section.index === section.index)
    assert.ok(placed, `section ${section.id} has a place`)
    return toWorld(placed, seatInSection(placed, row, number))
  })
}

for (const [name, house] of [
  ['theatre', theatre],
  ['arena', arena],
] as const) {
  test(`${name}: a click in the middle of any seat finds that seat`, () => {
    const layout = toLayout(house)
    assert.equal(layout.kind, name)
    const hit = createHitTest(layout)
    seatPoints(house, layout).forEach((point, seat) => assert.equal(hit(point), seat))
  })

  test(`${name}: no two seats overlap, and all lie inside the bounds`, () => {
    const layout = toLayout(house)
    const cells = new Map<string, Point[]>()
    for (const point of seatPoints(house, layout)) {
      assert.ok(point.x > layout.bounds.left && point.x < layout.bounds.right)
      assert.ok(point.y > layout.bounds.top && point.y < layout.bounds.bottom)
      for (let dx = -1; dx <= 1; dx++) {
        for (let dy = -1; dy <= 1; dy++) {
          for (const other of cells.get(`${Math.floor(point.x) + dx},${Math.floor(point.y) + dy}`) ?? []) {
            assert.ok(Math.hypot(point.x - other.x, point.y - other.y) > 0.9)
          }
        }
      }
      const key = `${Math.floor(point.x)},${Math.floor(point.y)}`
      cells.set(key, [...(cells.get(key) ?? []), point])
    }
  })
}

test('one block alone is a layout too', () => {
  const house = createHouse([{ id: 'A', name: 'Room', priceCents: 1000, rows: 1, seatsPerRow: 1 }])
  const layout = toLayout(house)
  const [point] = seatPoints(house, layout)
  assert.ok(point)
  assert.equal(createHitTest(layout)(point), 0)
  assert.equal(createHitTest(layout)({ x: 999, y: 999 }), -1)
})
