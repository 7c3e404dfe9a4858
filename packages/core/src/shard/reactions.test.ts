import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromReactionId, toReactionId, type ReactionId } from '../reactor/reaction-id.ts'
import { Reactions } from './reactions.ts'

const reaction = (offset: number, index = 0, settled = 0, partition = 3): ReactionId => ({
  reactor: 'r',
  partition,
  offset,
  index,
  settled,
})

test('an id says which reaction it is, and nobody else has one like it', () => {
  const id = toReactionId(reaction(1_042, 7, 1_040))
  assert.equal(id, '~r~3~1042.7~1040')
  assert.deepEqual(fromReactionId(id), reaction(1_042, 7, 1_040))
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

for (const seed of [1, 2, 3]) {
  test(`decides each once, however often and by whomever it is sent, and remembers little (seed ${seed})`, () => {
    let state = seed
    const random = (below: number): number => ((state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff) >>> 8) % below
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
