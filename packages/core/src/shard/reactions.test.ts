import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromReactionId, MAX_OPEN, MAX_OPEN_OFFSETS, toReactionId, type ReactionId } from '../reactor/reaction-id.ts'
import { isWithin, merged, type Range } from '../reactor/ranges.ts'
import { Reactions } from './reactions.ts'

const randomOf = (seed: number): ((below: number) => number) => {
  let state = seed
  return (below) => ((state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff) >>> 8) % below
}

const reaction = (offset: number, index = 0, settled = 0, partition = 3, open: ReactionId['open'] = []): ReactionId => ({
  reactor: 'r',
  partition,
  offset,
  index,
  settled,
  open,
})

test('an id says which reaction it is, and nobody else has one like it', () => {
  const id = toReactionId(reaction(1_042, 7, 1_040))
  assert.equal(id, '~r~3~1042.7~1040')
  assert.deepEqual(fromReactionId(id), reaction(1_042, 7, 1_040))
  const open = toReactionId(reaction(1_042, 7, 1_040, 3, [[12, 30], [900, 1_000]])) // prettier-ignore
  assert.equal(open, '~r~3~1042.7~1040~12+18~900+100')
  assert.deepEqual(fromReactionId(open)?.open, [[12, 30], [900, 1_000]]) // prettier-ignore
  const largest = reaction(
    Number.MAX_SAFE_INTEGER,
    999_999,
    Number.MAX_SAFE_INTEGER,
    99_999,
    Array(MAX_OPEN).fill([9e15, 9e15 + MAX_OPEN_OFFSETS]),
  )
  assert.deepEqual(fromReactionId(toReactionId({ ...largest, reactor: 'r'.repeat(63) })), { ...largest, reactor: 'r'.repeat(63) })
  // Timers that a reaction sets are named after its records.
  for (const other of ['', 'a', '~', '~r~3~1042.7', `${id}.0`, `x${id}`, '~r~x~1.1~1', '~r~3~-1.0~0', `~${'r'.repeat(300)}~3~1.1~1`])
    assert.equal(fromReactionId(other), undefined, other)
})

test('knows again what it has seen, and all that its sender vouched for', () => {
  const reactions = new Reactions()
  assert.ok(!reactions.isRepeat(reaction(5)))
  reactions.add(reaction(5))
  assert.ok(reactions.isRepeat(reaction(5)))
  assert.ok(!reactions.isRepeat(reaction(5, 1)), 'another command of that event')
  assert.ok(!reactions.isRepeat(reaction(4)), 'out of turn')
  assert.ok(!reactions.isRepeat(reaction(5, 0, 0, 2)), 'of another partition')
  reactions.add(reaction(9, 0, 7))
  assert.ok(reactions.isRepeat(reaction(4)) && reactions.isRepeat(reaction(6, 3)), 'before the mark')
  assert.ok(!reactions.isRepeat(reaction(7)) && reactions.isRepeat(reaction(9)))
})

test('what a sender calls open is not taken for vouched, and what of it was decided is not forgotten', () => {
  const reactions = new Reactions()
  reactions.add(reaction(5))
  reactions.add(reaction(6))
  reactions.add(reaction(90, 0, 90, 3, [[5, 8]])) // prettier-ignore
  assert.ok(reactions.isRepeat(reaction(5)) && reactions.isRepeat(reaction(4)) && reactions.isRepeat(reaction(8)))
  assert.ok(!reactions.isRepeat(reaction(5, 1)) && !reactions.isRepeat(reaction(7)))
  // One who knows less says nothing of what it does not vouch for.
  reactions.add(reaction(3, 0, 2))
  assert.ok(!reactions.isRepeat(reaction(7)))
  reactions.add(reaction(91, 0, 90, 3, [[7, 8]])) // prettier-ignore
  assert.ok(reactions.isRepeat(reaction(5, 1)) && !reactions.isRepeat(reaction(7)))
  reactions.add(reaction(92, 0, 92))
  assert.ok(reactions.isRepeat(reaction(7)))
  reactions.add(reaction(93, 0, 93, 3, [[7, 8]])) // prettier-ignore
  assert.ok(reactions.isRepeat(reaction(7)), 'it has been vouched for')
})

for (const seed of [1, 2, 3, 4, 5])
  test(`knows of every offset what has been said of it, in any order (seed ${seed})`, () => {
    const random = randomOf(seed)
    const reactions = new Reactions()
    const vouched = new Set<number>()
    const decided = new Set<string>()
    for (let step = 0; step < 2_000; step++) {
      const settled = random(120)
      const open = merged(
        Array.from({ length: random(4) }, (): Range => [random(100), random(120)]).filter(([from, before]) => from < before),
        MAX_OPEN,
      )
      const id = reaction(random(130), random(2), settled, 3, open)
      const isRepeat = vouched.has(id.offset) || decided.has(`${id.offset}.${id.index}`)
      assert.equal(reactions.isRepeat(id), isRepeat, `step ${step}: ${toReactionId(id)}`)
      // Few are vouched for at once: what is to be seen is what happens before all are.
      if (random(20) > 0) continue
      reactions.add(id)
      decided.add(`${id.offset}.${id.index}`)
      for (let each = 0; each < settled; each++) if (!isWithin(open, each)) vouched.add(each)
    }
  })

for (const seed of [1, 2, 3]) {
  test(`decides each once, however often and by whomever it is sent, and remembers little (seed ${seed})`, () => {
    const random = randomOf(seed)
    let reactions = new Reactions()
    const decided = new Set<string>()
    /** One who sends, in its own time: what is on its way ends in any order, and the mark is the first that has not ended. */
    const sender = (from: number): (() => boolean) => {
      const open = new Set<number>()
      let next = from
      return () => {
        while (open.size < 1 + random(40) && next < 3_000) open.add(next++)
        if (open.size === 0) return false
        const settled = Math.min(...open)
        const offset = [...open][random(open.size)]!
        for (let index = 0; index < 1 + (offset % 3); index++) {
          const id = fromReactionId(toReactionId(reaction(offset, index, settled)))!
          const isRepeat = reactions.isRepeat(id)
          assert.equal(isRepeat, decided.has(`${offset}.${index}`), `event ${offset}, command ${index}`)
          reactions.add(id)
          decided.add(`${offset}.${index}`)
        }
        open.delete(offset)
        return true
      }
    }
    let senders = [sender(0)]
    for (let step = 0; senders.length > 0; step++) {
      const at = random(senders.length)
      if (!senders[at]!()) senders = senders.filter((_, each) => each !== at)
      // A new owner begins where the log says that the one before had come: at what it knew to be settled, or earlier.
      if (step % 700 === 699 && senders.length === 1) senders.push(sender(Math.max(0, decided.size / 2 - 200) | 0))
      if (step % 500 === 0) {
        const again = new Reactions()
        again.restore(JSON.parse(JSON.stringify(reactions.stored())) as ReturnType<Reactions['stored']>)
        reactions = again
      }
    }
    assert.equal(decided.size, 6_000)
    assert.ok(reactions.stored()[0]![3].length < 1_000, `${reactions.stored()[0]![3].length} are remembered`)
  })
}
