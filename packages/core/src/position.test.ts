import assert from 'node:assert/strict'
import { test } from 'node:test'
import { comparePositions, fromText, furthest, isReached, positionAfter, START, toText, type Position } from './position.ts'

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
  for (const text of ['x', '1', '1-', '-1', '1-2.', '1-2,3-4', ' 1-2', '1-99999999999999999', '1-2.'.repeat(6_000), '1-9007199254740993']) {
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

test('one position is before, after or at another, or neither', () => {
  const of = (text: string): Position => fromText(text)!
  for (const [one, other, is] of [
    ['', '', 'equal'],
    ['0-5', '0-5', 'equal'],
    ['0-5', '0-6', 'before'],
    ['0-5', '0-5.1-1', 'before'],
    ['0-5.3-1', '0-5', 'after'],
    ['0-5', '', 'after'],
    ['0-5.1-1', '0-4.1-2', 'apart'],
    ['0-5', '1-5', 'apart'],
  ] as const)
    assert.equal(comparePositions(of(one), of(other)), is, `${one} and ${other}`)
})

test('a position of many partitions stays short enough for a header and a URL', () => {
  const lengthOf = (partitions: number, next: number): number =>
    toText(new Map(Array.from({ length: partitions }, (_, partition) => [partition, next]))).length
  assert.ok(lengthOf(1, 1_000_000_000) <= 12)
  assert.ok(lengthOf(12, 10_000_000) <= 133)
  assert.ok(lengthOf(96, 10_000_000) <= 1_141)
  assert.ok(lengthOf(96, 10_000_000_000) <= 1_429)
  const most = new Map(Array.from({ length: 1_024 }, (_, partition) => [partition, 1_000_000_000]))
  assert.deepEqual(fromText(toText(most)), most)
})
