import type { Point } from './layout.ts'

export interface GestureTarget {
  pan(dx: number, dy: number): void
  zoom(factor: number, anchor: Point): void
  /** False lets the page scroll instead. */
  canZoomOut(): boolean
  tap(point: Point, touch: boolean): void
  hover(point: Point | undefined): void
}

/** A finger trembles, a drag doesn't. */
const TAP_SLOP_PX = 6

/** Pointer, wheel and pinch on one element; returns how to let go of it. */
export function listenToGestures(element: HTMLElement, target: GestureTarget): () => void {
  const pointers = new Map<number, Point>()
  let travelled = 0
  let spread = 0
  const controller = new AbortController()
  const { signal } = controller
  const pointOf = (event: MouseEvent): Point => {
    const box = element.getBoundingClientRect()
    return { x: event.clientX - box.left, y: event.clientY - box.top }
  }
  const spreadOf = (): number => {
    const [a, b] = [...pointers.values()]
    return a && b ? Math.hypot(a.x - b.x, a.y - b.y) : 0
  }

  element.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button !== 0) return
      element.setPointerCapture(event.pointerId)
      pointers.set(event.pointerId, pointOf(event))
      if (pointers.size === 1) travelled = 0
      else travelled = Infinity
      spread = spreadOf()
    },
    { signal },
  )

  element.addEventListener(
    'pointermove',
    (event) => {
      const now = pointOf(event)
      const before = pointers.get(event.pointerId)
      if (!before) {
        if (event.pointerType === 'mouse') target.hover(now)
        return
      }
      pointers.set(event.pointerId, now)
      travelled += Math.hypot(now.x - before.x, now.y - before.y)
      if (travelled > TAP_SLOP_PX) {
        target.hover(undefined)
        target.pan((now.x - before.x) / pointers.size, (now.y - before.y) / pointers.size)
      }
      if (pointers.size === 2) {
        const next = spreadOf()
        const [a, b] = [...pointers.values()]
        if (a && b && spread > 0 && next > 0) target.zoom(next / spread, { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 })
        spread = next
      }
    },
    { signal },
  )

  const end = (event: PointerEvent): void => {
    if (!pointers.delete(event.pointerId)) return
    if (event.type === 'pointerup' && pointers.size === 0 && travelled <= TAP_SLOP_PX)
      target.tap(pointOf(event), event.pointerType !== 'mouse')
    spread = spreadOf()
  }
  element.addEventListener('pointerup', end, { signal })
  element.addEventListener('pointercancel', end, { signal })
  element.addEventListener('pointerleave', () => target.hover(undefined), { signal })
  element.addEventListener(
    'wheel',
    (event) => {
      if (event.deltaY > 0 && !target.canZoomOut()) return
      event.preventDefault()
      target.zoom(Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) * 0.008), pointOf(event))
    },
    { signal, passive: false },
  )
  return () => controller.abort()
}
