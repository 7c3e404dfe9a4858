import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bestAvailable } from './best-available.ts'
import { createHall, HELD, setStatus, type Hall } from './hall.ts'

/** A hall from a drawing: `.` is free, `#` is taken; a line is a row, the first nearest to the stage. */
function draw(drawing: Readonly<Record<string, readonly string[]>>, price = (_id: string): number => 100): Hall {
  const hall = createHall(
    Object.entries(drawing).map(([id, rows]) => ({ id, name: id, priceCents: price(id), rows: rows.length, seatsPerRow: rows[0]!.length })),
  )
  for (const [id, rows] of Object.entries(drawing)) {
    rows.forEach((row, at) => {
      for (let place = 0; place < row.length; place++) if (row[place] === '#') setStatus(hall, [`${id}-${at + 1}-${place + 1}`], HELD)
    })
  }
  return hall
}

for (const [name, rows, quantity, seats, relaxed] of [
  ['the middle of the front row', ['.......', '.......'], 1, ['A-1-4'], 'none'],
  ['a pair around the middle', ['......'], 2, ['A-1-3', 'A-1-4'], 'none'],
  ['the row behind where the front is taken', ['.######', '.......'], 2, ['A-2-3', 'A-2-4'], 'none'],
  ['the side in front rather than the middle far behind', ['..###', '#####', '#####', '.....'], 2, ['A-1-1', 'A-1-2'], 'none'],
  ['the edge of a gap, so that no single seat is left', ['#....#'], 2, ['A-1-2', 'A-1-3'], 'none'],
  ['a gap that fits exactly', ['#..#...#'], 2, ['A-1-2', 'A-1-3'], 'none'],
  ['another row rather than leaving a single seat', ['##...##', '.......'], 2, ['A-2-3', 'A-2-4'], 'none'],
  ['what leaves a single seat, where it can not be avoided', ['##...##', '##...##'], 2, ['A-1-3', 'A-1-4'], 'single-seat-left'],
  [
    'seats close together in one row, where none are side by side',
    ['.#.#...', '.#.#.##'],
    4,
    ['A-1-3', 'A-1-5', 'A-1-6', 'A-1-7'],
    'split-in-row',
  ],
  [
    'rows one behind another, where no row has as many',
    ['..####', '######', '####..', '####..'],
    4,
    ['A-3-5', 'A-3-6', 'A-4-5', 'A-4-6'],
    'several-rows',
  ],
  ['the last seats there are', ['#.#', '###', '..#'], 3, ['A-1-2', 'A-3-1', 'A-3-2'], 'several-rows'],
] as const) {
  test(`gives ${name}`, () => assert.deepEqual(bestAvailable(draw({ A: rows }), quantity), { seats, relaxed }))
}

test('gives nothing where fewer seats are free', () => {
  const hall = draw({ A: ['##.'], B: ['...'] })
  assert.equal(bestAvailable(hall, 5), undefined)
  assert.equal(bestAvailable(hall, 2, hall.byId.get('A')), undefined)
})

test('keeps to the section that is asked for', () => {
  const hall = draw({ A: ['....'], B: ['....'] }, (id) => (id === 'A' ? 200 : 100))
  assert.deepEqual(bestAvailable(hall, 2, hall.byId.get('B'))?.seats, ['B-1-1', 'B-1-2'])
  assert.deepEqual(bestAvailable(hall, 2)?.seats, ['A-1-1', 'A-1-2'])
})

test('goes to the inner side of sections that stand side by side', () => {
  assert.deepEqual(bestAvailable(draw({ A: ['....'], B: ['....'] }), 2), { seats: ['A-1-3', 'A-1-4'], relaxed: 'none' })
  assert.deepEqual(bestAvailable(draw({ A: ['####'], B: ['....'] }), 2), { seats: ['B-1-1', 'B-1-2'], relaxed: 'none' })
})

test('gives seats of several sections, where nothing else is left', () => {
  assert.deepEqual(bestAvailable(draw({ A: ['###.'], B: ['.###'] }), 2), { seats: ['A-1-4', 'B-1-1'], relaxed: 'several-sections' })
})
