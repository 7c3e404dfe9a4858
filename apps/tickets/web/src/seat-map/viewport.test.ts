import assert from 'node:assert/strict'
import { test } from 'node:test'
import { between, clamp, fit, fromScreen, MAX_SCALE, pan, toScreen, zoomAt } from './viewport.ts'

const bounds = { left: -50, right: 50, top: -20, bottom: 20 }
const size = { width: 800, height: 400 }

test('fits the whole house with room around it', () => {
  const view = fit(bounds, size)
  const topLeft = toScreen(view, { x: -50, y: -20 })
  const bottomRight = toScreen(view, { x: 50, y: 20 })
  assert.ok(topLeft.x >= 17 && topLeft.y >= 17 && bottomRight.x <= 783 && bottomRight.y <= 383)
})

test('zooming keeps the seat under the pointer under the pointer', () => {
  const view = fit(bounds, size)
  const anchor = { x: 123, y: 45 }
  const before = fromScreen(view, anchor)
  const after = fromScreen(zoomAt(view, 2.5, anchor, view.scale), anchor)
  assert.ok(Math.abs(before.x - after.x) < 1e-9 && Math.abs(before.y - after.y) < 1e-9)
})

test('zoom stops at both ends', () => {
  const view = fit(bounds, size)
  assert.equal(zoomAt(view, 1e6, { x: 0, y: 0 }, view.scale).scale, MAX_SCALE)
  assert.equal(zoomAt(view, 1e-6, { x: 0, y: 0 }, view.scale).scale, view.scale)
})

test('the house cannot be pushed out of sight', () => {
  const close = zoomAt(fit(bounds, size), 4, { x: 400, y: 200 }, 1)
  const far = clamp(pan(close, 1e5, 1e5), bounds, size)
  assert.deepEqual(toScreen(far, { x: -50, y: -20 }), { x: 400, y: 200 })
})

test('a smooth move starts and ends exactly where it should', () => {
  const from = fit(bounds, size)
  const to = zoomAt(from, 3, { x: 600, y: 100 }, 1)
  for (const [progress, end] of [
    [0, from],
    [1, to],
  ] as const) {
    const view = between(from, to, progress, size)
    assert.ok(Math.abs(view.offsetX - end.offsetX) < 1e-6 && Math.abs(view.scale - end.scale) < 1e-9)
  }
})
