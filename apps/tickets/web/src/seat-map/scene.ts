import type { SeatBoard } from '../seats/seat-board.ts'
import type { Layout } from './layout.ts'
import type { Palette } from './palette.ts'
import type { Size, Viewport } from './viewport.ts'

/** What there is to paint, and where it is looked at from. */
export interface Scene {
  readonly context: CanvasRenderingContext2D
  readonly board: SeatBoard
  readonly layout: Layout
  readonly palette: Palette
  readonly size: Size
  readonly pixelRatio: number
  readonly view: Viewport
}
