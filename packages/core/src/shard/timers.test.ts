import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Timer } from './timer-pages.ts'
import { Timers } from './timers.ts'

const timer = (id: string, dueMs: number, more: Partial<Timer> = {}): Timer => ({
  id,
  dueMs,
  type: 'Due',
  key: 'k',
  data: '{}',
  name: undefined,
  ...more,
})

/** All of them, by taking them out. */
function drained(timers: Timers): readonly Timer[] {
  const seen: Timer[] = []
  for (let first = timers.first(); first !== undefined; first = timers.first()) {
    assert.equal(timers.nextDueMs, first.dueMs)
    seen.push(first)
    timers.delete(first.id)
  }
  assert.equal(timers.size, 0)
  assert.equal(timers.nextDueMs, undefined)
  return seen
}

test('timers come up in the order they are due', () => {
  const timers = new Timers()
  const due = Array.from({ length: 500 }, (_, at) => (at * 7919) % 1_009)
  due.forEach((dueMs, at) => timers.add(timer(`t${at}`, dueMs)))
  assert.deepEqual(
    drained(timers).map(({ dueMs }) => dueMs),
    [...due].sort((one, other) => one - other),
  )
})

test('a name is held by the last timer of that key that took it', () => {
  const timers = new Timers()
  timers.add(timer('a', 1, { name: 'n' }))
  timers.add(timer('other', 5, { name: 'n', key: 'another' }))
  timers.add(timer('b', 2, { name: 'n' }))
  assert.equal(timers.first()?.id, 'b')
  timers.delete('a')
  assert.equal(timers.size, 2)
  timers.cancel('k', 'n')
  timers.cancel('k', 'n')
  assert.equal(timers.first()?.id, 'other')
})

test('gives back any text as it was', () => {
  const timers = new Timers()
  const texts = ['', 'plain', 'naïve 座席 🎟️', '\ud800 alone', '\u0000', 'x'.repeat(200_000)]
  texts.forEach((text, at) => timers.add(timer(`${at} ${text}`, at, { key: text, data: text, type: text, name: text })))
  assert.deepEqual(
    drained(timers),
    texts.map((text, at) => timer(`${at} ${text}`, at, { key: text, data: text, type: text, name: text })),
  )
})

for (const seed of [1, 2, 3]) {
  test(`does what a plain list of timers does, through checkpoints too (seed ${seed})`, () => {
    let state = seed
    const random = (below: number): number => ((state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff) >>> 8) % below
    let timers = new Timers()
    let plain: Timer[] = []
    const pages = new Map<number, Uint8Array>()
    let most = 0
    const text = (): string => `${'é'.repeat(random(3))}${random(1e9).toString(36).repeat(random(8))}`
    for (let step = 0; step < 30_000; step++) {
      // First many are added, then most go.
      const isGrowing = step % 15_000 < 8_000
      const action = random(100)
      if (action < (isGrowing ? 70 : 20)) {
        const name = random(2) === 0 ? `a/${random(3)}` : undefined
        const added = timer(`${step}`, random(1_000_000), { key: `k${random(400)}`, name, data: `{"x":"${text()}"}` })
        timers.add(added)
        if (name !== undefined) plain = plain.filter((each) => each.key !== added.key || each.name !== name)
        plain.push(added)
      } else if (action < 75) {
        const gone = plain[random(plain.length + 1)]
        timers.delete(gone?.id ?? 'nobody')
        plain = plain.filter((each) => each !== gone)
      } else if (action < 85) {
        const [key, name] = [`k${random(400)}`, `a/${random(3)}`]
        timers.cancel(key, name)
        plain = plain.filter((each) => each.key !== key || each.name !== name)
      } else if (action < 99) {
        const first = timers.first()
        assert.equal(first?.dueMs, plain.length === 0 ? undefined : Math.min(...plain.map(({ dueMs }) => dueMs)))
        if (first !== undefined) timers.delete(first.id)
        plain = plain.filter(({ id }) => id !== first?.id)
      } else {
        const { changed, all } = timers.takePages()
        // What a checkpoint keeps, it keeps as it was.
        for (const [index, bytes] of changed)
          if (bytes === null) pages.delete(index)
          else pages.set(index, bytes.slice())
        assert.deepEqual([...pages.keys()].sort(), [...all].sort())
        if (random(4) > 0) continue
        timers = new Timers()
        for (const index of all) timers.restorePage(index, pages.get(index)!)
      }
      assert.equal(timers.size, plain.length)
      most = Math.max(most, plain.length)
    }
    const byDue = (all: readonly Timer[]): readonly Timer[] =>
      [...all].sort((one, other) => one.dueMs - other.dueMs || (one.id < other.id ? -1 : 1))
    assert.ok(most > 1_000)
    assert.deepEqual(byDue(drained(timers)), byDue(plain))
  })
}
