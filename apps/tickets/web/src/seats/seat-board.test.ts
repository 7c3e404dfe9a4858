import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHouse } from './house.ts'
import { SeatBoard, type BoardChange } from './seat-board.ts'
import { seatCode } from './seat-code.ts'

function openBoard(): { board: SeatBoard; changes: BoardChange[] } {
  const board = new SeatBoard(createHouse([{ id: 'A', name: 'Stalls', priceCents: 6000, rows: 2, seatsPerRow: 5 }]))
  const changes: BoardChange[] = []
  board.subscribe((change) => changes.push(change))
  return { board, changes }
}

test('a patch changes just its seats, and null frees one', () => {
  const { board, changes } = openBoard()
  board.applySnapshot({ 'A-1-1': 'sold' })
  board.applyPatch({ taken: { 'A-1-1': null, 'A-1-2': 'held', 'Z-1-1': 'sold' } })
  assert.deepEqual(changes.at(-1), { seats: [0, 1], lost: [] })
  assert.deepEqual(board.counts, { free: 9, held: 1, sold: 0, blocked: 0 })
})

test('a patch that repeats what is known wakes nobody', () => {
  const { board, changes } = openBoard()
  board.note([3], seatCode.held)
  const heard = changes.length
  board.applyPatch({ taken: { 'A-1-4': 'held' } })
  assert.equal(changes.length, heard)
})

test('a chosen seat that someone else takes is lost, and said so once', () => {
  const { board, changes } = openBoard()
  board.select(2)
  board.applyPatch({ taken: { 'A-1-3': 'held' } })
  assert.deepEqual(changes.at(-1)?.lost, [2])
  assert.deepEqual(board.selected, [])
  board.applyPatch({ taken: { 'A-1-3': 'sold' } })
  assert.deepEqual(changes.at(-1)?.lost, [])
})

test('our own hold on its way is not a loss', () => {
  const { board, changes } = openBoard()
  board.select(2)
  board.setPending([2])
  board.applyPatch({ taken: { 'A-1-3': 'held' } })
  assert.deepEqual(changes.at(-1)?.lost, [])
  assert.equal(board.code(2), seatCode.selected)
  board.setMine([2])
  assert.equal(board.code(2), seatCode.mine)
})

test('a snapshot after a lost connection also finds lost seats', () => {
  const { board, changes } = openBoard()
  board.select(4)
  board.applySnapshot({ 'A-1-5': 'sold' })
  assert.deepEqual(changes.at(-1), { seats: 'all', lost: [4] })
})
