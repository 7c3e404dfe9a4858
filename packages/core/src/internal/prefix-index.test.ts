import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PrefixIndex } from './prefix-index.ts'

const sorted = <T>(values: Iterable<T>): T[] => [...values].sort()

test('finds what a comparison with every prefix would, as they come and go', () => {
  const index = new PrefixIndex<number>()
  const known: { readonly prefix: string; readonly value: number }[] = []
  const texts = ['', 'a', 'ab', 'abc', 'b', 'ba', 'bab', 'c/', 'c/d', 'c/d/e']
  let seed = 7
  const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below
  for (let step = 0; step < 2_000; step++) {
    const [prefix, value] = [texts[random(texts.length)]!, random(3)]
    const at = known.findIndex((each) => each.prefix === prefix && each.value === value)
    if (at < 0) {
      index.add(prefix, value)
      known.push({ prefix, value })
    } else if (random(2) === 0) {
      index.delete(prefix, value)
      known.splice(at, 1)
    } else index.add(prefix, value)
    const key = `${texts[random(texts.length)]!}${texts[random(texts.length)]!}`
    const expected = known.filter((each) => key.startsWith(each.prefix)).map((each) => each.value)
    assert.deepEqual(sorted(index.of(key)), sorted(expected))
  }
})

test('taking out what is not there changes nothing', () => {
  const index = new PrefixIndex<string>()
  index.delete('a', 'x')
  index.add('a', 'x')
  index.delete('a', 'y')
  index.delete('b', 'x')
  assert.deepEqual([...index.of('ab')], ['x'])
})
