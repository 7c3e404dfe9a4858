import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mergePatch } from './merge-patch.ts'

test('it does what RFC 7396 gives as examples', () => {
  for (const [target, patch, result] of [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ]) {
    assert.deepEqual(mergePatch(target, patch), result)
  }
})

test('it changes in place, and what did not change stays the same object', () => {
  const target = { taken: { 'A-1-1': 'held' }, sections: [{ id: 'A' }] }
  const { taken, sections } = target
  const patched = mergePatch(target, { taken: { 'A-1-2': 'sold', 'A-1-1': null } }) as typeof target
  assert.equal(patched, target)
  assert.equal(patched.taken, taken)
  assert.equal(patched.sections, sections)
  assert.deepEqual(taken, { 'A-1-2': 'sold' })
})

test('no patch reaches a prototype', () => {
  mergePatch({}, JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":{"polluted":1}}'))
  mergePatch({ a: {} }, JSON.parse('{"a":{"__proto__":null}}'))
  assert.equal(({} as { polluted?: unknown }).polluted, undefined)
  assert.equal(({}.toString as unknown as { polluted?: unknown }).polluted, undefined)
})
