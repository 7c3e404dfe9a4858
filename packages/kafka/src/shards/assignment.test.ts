import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assign, type Member } from './assignment.ts'
import { decodeAssignment, decodeOwned, encodeAssignment, encodeSubscription } from './group-protocol.ts'

const none = (id: string): Member => ({ id, owned: [] })
const membersOf = (given: ReadonlyMap<string, readonly number[]>): Member[] => [...given].map(([id, owned]) => ({ id, owned }))
const moved = (before: ReadonlyMap<string, readonly number[]>, after: ReadonlyMap<string, readonly number[]>): number =>
  [...after].reduce((sum, [id, mine]) => sum + mine.filter((partition) => !(before.get(id) ?? []).includes(partition)).length, 0)

test('gives every partition to exactly one member, as evenly as can be, whatever they say they hold', () => {
  let seed = 7
  const random = (below: number): number => (seed = (seed * 48_271) % 0x7fffffff) % below
  for (let round = 0; round < 500; round++) {
    const partitions = 1 + random(20)
    const members = Array.from({ length: 1 + random(6) }, (_, at) => ({
      id: `m${at}`,
      owned: Array.from({ length: random(20) }, () => random(25)),
    }))
    const given = assign(members, partitions)
    const all = [...given.values()].flat().sort((one, other) => one - other)
    assert.deepEqual(
      all,
      Array.from({ length: partitions }, (_, at) => at),
      JSON.stringify(members),
    )
    const sizes = [...given.values()].map(({ length }) => length)
    assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, JSON.stringify({ members, sizes }))
  }
})

test('moves no more than it must when a member comes, goes, or comes back', () => {
  const two = assign([none('a'), none('b')], 12)
  const three = assign([...membersOf(two), none('c')], 12)
  assert.equal(moved(two, three), 4)
  const without = assign(
    membersOf(three).filter(({ id }) => id !== 'b'),
    12,
  )
  assert.equal(moved(three, without), 4)
  assert.equal(moved(without, assign(membersOf(without), 12)), 0)
})

test('is the same whatever the order of the members', () => {
  const members = [{ id: 'a', owned: [1, 2] }, { id: 'b', owned: [2, 3] }, none('c')]
  assert.deepEqual(assign(members, 7), assign(members.toReversed(), 7))
})

test('members understand each other', () => {
  assert.deepEqual(decodeOwned(encodeSubscription('shop.commands', [0, 7, 4_000])), [0, 7, 4_000])
  assert.deepEqual(decodeOwned(encodeSubscription('shop.commands', [])), [])
  assert.deepEqual(decodeAssignment(encodeAssignment('shop.commands', [3, 1])), [3, 1])
  assert.deepEqual(decodeAssignment(Buffer.alloc(0)), [])
  assert.deepEqual(decodeOwned(Buffer.from([0, 1, 0, 0, 0, 9])), [], 'what it cannot read holds nothing')
})
