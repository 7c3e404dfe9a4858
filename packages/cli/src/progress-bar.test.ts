import assert from 'node:assert/strict'
import { test } from 'node:test'
import { duration, ProgressBar } from './progress-bar.ts'

function open(isInteractive: boolean) {
  const clock = { ms: 0 }
  const said: string[] = []
  const terminal = { out: () => assert.fail('progress is no result'), error: (text: string) => said.push(text), isInteractive, columns: 60 }
  return { clock, said, bar: new ProgressBar(terminal, 'totals', () => clock.ms) }
}

test('in a terminal the line is drawn again, within its width, and gone at the end', () => {
  const { said, bar } = open(true)
  bar.draw({ done: 500, total: 1_000, perSecond: 12_345, secondsLeft: 75 })
  bar[Symbol.dispose]()
  const [drawn = '', gone] = said
  assert.ok(drawn.startsWith('\r\x1b[2K'))
  assert.match(drawn, /totals {2}\[#+-+\] {2}50 % {2}12,345\/s {2}1 min 15 s left$/)
  assert.equal(gone, '\r\x1b[2K')
  assert.ok(drawn.length - gone.length <= 60)
  assert.ok(Math.abs(drawn.split('#').length - drawn.split('-').length) <= 1)
})

test('elsewhere it is a line every five seconds', () => {
  const { clock, said, bar } = open(false)
  for (clock.ms = 0; clock.ms <= 10_000; clock.ms += 200) bar.draw({ done: clock.ms, total: 20_000 })
  bar[Symbol.dispose]()
  assert.deepEqual(said, ['totals 0 %  0/s\n', 'totals 25 %  1,000/s  15 s left\n', 'totals 50 %  1,000/s  10 s left\n'])
})

test('nothing to do is all done', () => {
  const { said, bar } = open(false)
  bar.draw({ done: 0, total: 0 })
  assert.match(said[0] ?? '', /100 %/)
})

test('times are said as people say them', () => {
  assert.deepEqual([0, 59.2, 61, 3_725].map(duration), ['0 s', '1 min 0 s', '1 min 1 s', '1 h 2 min'])
})
