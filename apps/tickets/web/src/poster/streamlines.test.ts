import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toStream } from './streamlines.ts'

const size = { width: 600, height: 200, lineCount: 20 }

test('the same show always has the same picture, another show another one', () => {
  assert.deepEqual(toStream('show-1', size), toStream('show-1', size))
  assert.notDeepEqual(toStream('show-1', size), toStream('show-2', size))
})

test('water flows around the wheels, never through them', () => {
  for (let show = 0; show < 20; show++) {
    const { lines, wheels } = toStream(`show-${show}`, size)
    for (const line of lines) {
      for (const point of line.slice(1).split('L')) {
        const [x = 0, y = 0] = point.split(' ').map(Number)
        for (const wheel of wheels) assert.ok(Math.hypot(x - wheel.x, y - wheel.y) > wheel.radius * 0.85)
      }
    }
  }
})
