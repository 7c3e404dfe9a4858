import type { SeatBoard } from '../seats/seat-board.ts'
import { placeOf } from '../seats/house.ts'
import { createHitTest } from './hit-test.ts'
import { ROW_PITCH, seatInSection, toLayout, toWorld, type Point } from './layout.ts'
import { listenToGestures } from './map-gestures.ts'
import { paintAll, paintSome } from './painter.ts'
import type { Scene } from './scene.ts'
import { onThemeChange, readPalette } from './palette.ts'
import { between, centreOn, clamp, fit, fromScreen, pan, zoomAt, type Size, type Viewport } from './viewport.ts'

/** Smaller seats are not aimed at but zoomed to: a target has 24 px for a finger, less for a mouse. */
const LEAST_TAP_SCALE = { touch: 20, mouse: 7 }
const CLOSE_SCALE = 27
const GLIDE_MS = 280
/** Above this many seats one whole repaint is cheaper. */
const MOST_SINGLE_SEATS = 600

export interface MapHandlers {
  pick(seat: number): void
  /** `at` in the map's own pixels. */
  hover(hit: { seat: number; at: Point } | undefined): void
}

export interface MapView {
  zoom(factor: number): void
  pan(dx: number, dy: number): void
  showAll(): void
  reveal(seats: readonly number[]): void
  close(): void
}

/** The seat map on a canvas: owns the view, repaints what changed, asks nothing of React while it moves. */
export function openMapView(canvas: HTMLCanvasElement, board: SeatBoard, handlers: MapHandlers): MapView {
  const context = canvas.getContext('2d', { alpha: false })
  if (!context) throw new TypeError('this browser has no 2d canvas')
  const layout = toLayout(board.house)
  const hitTest = createHitTest(layout)
  const still = window.matchMedia('(prefers-reduced-motion: reduce)')
  let size: Size = { width: 0, height: 0 }
  let home: Viewport = { scale: 1, offsetX: 0, offsetY: 0 }
  let view = home
  let palette = readPalette(canvas)
  let frame = 0
  let glide = 0
  let whole = false
  const dirty = new Set<number>()

  const scene = (): Scene => ({ context, board, layout, palette, size, pixelRatio: window.devicePixelRatio || 1, view })
  const paint = (): void => {
    frame = 0
    if (size.width === 0) return
    if (whole || dirty.size > MOST_SINGLE_SEATS) paintAll(scene())
    else if (dirty.size > 0) paintSome(scene(), [...dirty])
    whole = false
    dirty.clear()
  }
  const repaint = (seats: readonly number[] | 'all'): void => {
    if (seats === 'all') whole = true
    else for (const seat of seats) dirty.add(seat)
    frame ||= requestAnimationFrame(paint)
  }
  const move = (next: Viewport): void => {
    view = clamp(next, layout.bounds, size)
    canvas.dataset['zoomed'] = String(view.scale > home.scale * 1.02)
    repaint('all')
  }
  const stopGlide = (): void => {
    cancelAnimationFrame(glide)
    glide = 0
  }
  const glideTo = (next: Viewport): void => {
    stopGlide()
    const from = view
    const to = clamp(next, layout.bounds, size)
    const startMs = performance.now()
    const step = (nowMs: number): void => {
      const share = Math.min(1, Math.max(0, (nowMs - startMs) / GLIDE_MS))
      move(between(from, to, 1 - (1 - share) ** 3, size))
      if (share < 1) glide = requestAnimationFrame(step)
    }
    if (still.matches) move(to)
    else glide = requestAnimationFrame(step)
  }
  const middle = (): Point => ({ x: size.width / 2, y: size.height / 2 })
  const worldOf = (seat: number): Point | undefined => {
    const { section, row, number } = placeOf(board.house, seat)
    const placed = layout.placed.find((one) => one.section === section)
    return placed && toWorld(placed, seatInSection(placed, row, number))
  }

  const stopGestures = listenToGestures(canvas, {
    pan(dx, dy) {
      stopGlide()
      move(pan(view, dx, dy))
    },
    zoom(factor, anchor) {
      stopGlide()
      move(zoomAt(view, factor, anchor, home.scale))
    },
    canZoomOut: () => view.scale > home.scale * 1.001,
    tap(point, touch) {
      const world = fromScreen(view, point)
      if (view.scale < (touch ? LEAST_TAP_SCALE.touch : LEAST_TAP_SCALE.mouse)) {
        glideTo(centreOn(world, CLOSE_SCALE, size))
        return
      }
      const seat = hitTest(world)
      if (seat >= 0) handlers.pick(seat)
    },
    hover(point) {
      const seat = point && view.scale >= LEAST_TAP_SCALE.mouse ? hitTest(fromScreen(view, point)) : -1
      canvas.style.cursor = seat >= 0 ? 'pointer' : 'grab'
      handlers.hover(point && seat >= 0 ? { seat, at: point } : undefined)
    },
  })
  const observer = new ResizeObserver(() => {
    const first = size.width === 0
    const atHome = first || view.scale <= home.scale * 1.01
    size = { width: canvas.clientWidth, height: canvas.clientHeight }
    if (size.width === 0 || size.height === 0) return
    const ratio = window.devicePixelRatio || 1
    canvas.width = Math.round(size.width * ratio)
    canvas.height = Math.round(size.height * ratio)
    home = fit(layout.bounds, size, 26)
    move(atHome ? home : view)
    paint()
  })
  observer.observe(canvas)
  const stopBoard = board.subscribe(({ seats }) => repaint(seats))
  const stopTheme = onThemeChange(() => {
    palette = readPalette(canvas)
    repaint('all')
  })

  return {
    zoom(factor) {
      const [first] = layout.placed
      // The middle of an arena is its stage: the first step goes to seats instead.
      if (layout.kind === 'arena' && first && factor > 1 && view.scale <= home.scale * 1.01) {
        glideTo(centreOn(toWorld(first, { x: 0, y: (first.section.rows * ROW_PITCH) / 2 }), home.scale * factor * 1.5, size))
      } else glideTo(zoomAt(view, factor, middle(), home.scale))
    },
    pan: (dx, dy) => glideTo(pan(view, dx, dy)),
    showAll: () => glideTo(home),
    reveal(seats) {
      const points = seats.map(worldOf).filter((point) => point !== undefined)
      if (points.length === 0) return
      const x = points.reduce((sum, point) => sum + point.x, 0) / points.length
      const y = points.reduce((sum, point) => sum + point.y, 0) / points.length
      glideTo(centreOn({ x, y }, Math.max(view.scale, 24), size))
    },
    close() {
      stopGlide()
      cancelAnimationFrame(frame)
      stopGestures()
      observer.disconnect()
      stopBoard()
      stopTheme()
    },
  }
}
