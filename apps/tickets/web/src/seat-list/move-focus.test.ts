import assert from 'node:assert/strict'
import { test } from 'node:test'
import { moveFocus, typeRow } from './move-focus.ts'

const size = { rows: 12, seatsPerRow: 20 }
const from = { row: 6, number: 10 }

test('arrows move by one and stop at the walls', () => {
  assert.deepEqual(moveFocus(from, { key: 'ArrowLeft' }, size), { row: 6, number: 9 })
  assert.deepEqual(moveFocus(from, { key: 'ArrowDown' }, size), { row: 7, number: 10 })
  assert.deepEqual(moveFocus({ row: 1, number: 1 }, { key: 'ArrowUp' }, size), { row: 1, number: 1 })
  assert.deepEqual(moveFocus({ row: 12, number: 20 }, { key: 'ArrowRight' }, size), { row: 12, number: 20 })
})

test('Home and End go to the ends of the row, with Control to the corners', () => {
  assert.deepEqual(moveFocus(from, { key: 'Home' }, size), { row: 6, number: 1 })
  assert.deepEqual(moveFocus(from, { key: 'End', ctrlKey: true }, size), { row: 12, number: 20 })
})

test('page keys jump five rows', () => {
  assert.deepEqual(moveFocus(from, { key: 'PageUp' }, size), { row: 1, number: 10 })
  assert.deepEqual(moveFocus(from, { key: 'PageDown' }, size), { row: 11, number: 10 })
})

test('leaves other keys to the browser', () => {
  assert.equal(moveFocus(from, { key: 'Tab' }, size), undefined)
})

test('digits typed in one go make one row number', () => {
  const one = typeRow({ digits: '', atMs: 0 }, '1', 5000)
  assert.deepEqual(one, { digits: '1', atMs: 5000 })
  assert.equal(typeRow({ digits: '1', atMs: 5000 }, '2', 5400)?.digits, '12')
  assert.equal(typeRow({ digits: '1', atMs: 5000 }, '2', 7000)?.digits, '2')
  assert.equal(typeRow({ digits: '1', atMs: 5000 }, 'x', 5100), undefined)
})
