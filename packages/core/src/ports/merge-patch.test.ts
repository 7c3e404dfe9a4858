import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cloneJson, composePatch, mergePatch } from './merge-patch.ts'

const merged = (target: object, patch: object): object => {
  const copy = cloneJson(target) as Record<string, unknown>
  mergePatch(copy, patch as Record<string, unknown>)
  return copy
}

test('patches as the examples of RFC 7396 say', () => {
  const cases: readonly (readonly [object, object, object])[] = [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ]
  for (const [target, patch, result] of cases) assert.deepEqual(merged(target, patch), result)
})

test('a member called __proto__ is a member, and reaches no prototype', () => {
  const target = merged({}, JSON.parse('{"__proto__":{"polluted":true}}') as object)
  assert.equal(({} as { polluted?: boolean }).polluted, undefined)
  assert.deepEqual(Object.keys(target), ['__proto__'])
})

test('a composed patch does what both did, or says that it cannot', () => {
  let seed = 7
  const random = (below: number): number => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % below
  const value = (depth: number): unknown => {
    const kind = random(depth > 0 ? 5 : 3)
    if (kind === 0) return null
    if (kind < 3) return random(10)
    return Object.fromEntries(['a', 'b', 'c'].filter(() => random(2) === 0).map((name) => [name, value(depth - 1)]))
  }
  const object = (): Record<string, unknown> => ({ x: value(2), y: value(2) })
  let composed = 0
  for (let round = 0; round < 2_000; round++) {
    const [target, first, second] = [merged({}, object()), object(), object()]
    const both = merged(merged(target, first), second)
    const one = cloneJson(first)
    if (!composePatch(one, second)) {
      assert.deepEqual(one, first)
      continue
    }
    composed++
    assert.deepEqual(merged(target, one), both, JSON.stringify({ target, first, second, one }))
  }
  assert.ok(composed > 500, `${composed}`)
})
