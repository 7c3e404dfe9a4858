import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromText, furthest, isReached, positionAfter, START, toText } from './position.ts'

test('a position survives the way through text', () => {
  const position = new Map([
    [7, 99],
    [3, 1042],
    [0, 0],
  ])
  assert.equal(toText(position), '3-1042.7-99')
  assert.deepEqual(
    fromText('3-1042.7-99'),
    new Map([
      [3, 1042],
      [7, 99],
    ]),
  )
  assert.equal(toText(START), '')
  assert.equal(fromText(''), START)
})

test('what is no position is none', () => {
  for (const text of ['x', '1', '1-', '-1', '1-2.', '1-2,3-4', ' 1-2', '1-99999999999999999', '1-2.'.repeat(2_000), '1-9007199254740993']) {
    assert.equal(fromText(text), undefined, text.slice(0, 30))
  }
})

test('reached means all partitions, furthest takes the best of each', () => {
  const at = new Map([
    [0, 5],
    [1, 2],
  ])
  assert.ok(isReached(at, positionAfter(0, 4)))
  assert.ok(!isReached(at, positionAfter(0, 5)))
  assert.ok(
    !isReached(
      at,
      new Map([
        [0, 1],
        [2, 1],
      ]),
    ),
  )
  assert.deepEqual(
    furthest(
      at,
      new Map([
        [0, 3],
        [2, 9],
      ]),
    ),
    new Map([
      [0, 5],
      [1, 2],
      [2, 9],
    ]),
  )
})
