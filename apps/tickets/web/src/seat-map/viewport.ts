import type { Box, Point } from './layout.ts'

/** How the world lies on the screen: screen = world * scale + offset, in CSS pixels. */
export interface Viewport {
  readonly scale: number
  readonly offsetX: number
  readonly offsetY: number
}

export interface Size {
  readonly width: number
  readonly height: number
}

/** One seat at its biggest, in CSS pixels. */
export const MAX_SCALE = 44
const PADDING = 18

export const toScreen = (view: Viewport, { x, y }: Point): Point => ({ x: x * view.scale + view.offsetX, y: y * view.scale + view.offsetY })
export const fromScreen = (view: Viewport, { x, y }: Point): Point => ({
  x: (x - view.offsetX) / view.scale,
  y: (y - view.offsetY) / view.scale,
})

/** The whole of `box`, centred, never bigger than life. */
export function fit(box: Box, size: Size, maxScale = MAX_SCALE): Viewport {
  const scale = Math.min(
    maxScale,
    Math.max(0.5, (size.width - 2 * PADDING) / (box.right - box.left)),
    Math.max(0.5, (size.height - 2 * PADDING) / (box.bottom - box.top)),
  )
  return centreOn({ x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 }, scale, size)
}

export const centreOn = (world: Point, scale: number, size: Size): Viewport => ({
  scale,
  offsetX: size.width / 2 - world.x * scale,
  offsetY: size.height / 2 - world.y * scale,
})

/** Zooms so that the world under `anchor` stays under it. */
export function zoomAt(view: Viewport, factor: number, anchor: Point, minScale: number): Viewport {
  const scale = Math.min(MAX_SCALE, Math.max(minScale, view.scale * factor))
  const world = fromScreen(view, anchor)
  return { scale, offsetX: anchor.x - world.x * scale, offsetY: anchor.y - world.y * scale }
}

export const pan = (view: Viewport, dx: number, dy: number): Viewport => ({
  ...view,
  offsetX: view.offsetX + dx,
  offsetY: view.offsetY + dy,
})

/** Keeps the house in sight: it may not be pushed further than half out of the window; if it fits, it is centred on that axis. */
export function clamp(view: Viewport, bounds: Box, size: Size): Viewport {
  return {
    scale: view.scale,
    offsetX: clampAxis(view.offsetX, bounds.left * view.scale, bounds.right * view.scale, size.width),
    offsetY: clampAxis(view.offsetY, bounds.top * view.scale, bounds.bottom * view.scale, size.height),
  }
}

function clampAxis(offset: number, from: number, to: number, length: number): number {
  if (to - from <= length - 2 * PADDING) return (length - from - to) / 2
  return Math.min(length / 2 - from, Math.max(length / 2 - to, offset))
}

/** A point between two views, for zooming smoothly: scale moves evenly by factor, not by amount. */
export function between(from: Viewport, to: Viewport, progress: number, size: Size): Viewport {
  const scale = from.scale * (to.scale / from.scale) ** progress
  const middle = { x: size.width / 2, y: size.height / 2 }
  const a = fromScreen(from, middle)
  const b = fromScreen(to, middle)
  const share = Math.abs(to.scale - from.scale) < 1e-6 ? progress : (1 / scale - 1 / from.scale) / (1 / to.scale - 1 / from.scale)
  return centreOn({ x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share }, scale, size)
}
