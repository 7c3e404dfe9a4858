import { seatCode, type SeatCode } from '../seats/seat-code.ts'

/** Colours of one seat's section. */
export interface SeatInk {
  readonly zone: string
  readonly held: string
  readonly sold: string
  readonly yours: string
  readonly onYours: string
}

/** Below this size (pixels per seat) shapes are plain bars; from it on they carry their pattern. */
const DETAIL_SCALE = 9

/**
 * Adds one seat to the current path, around (0, 0) in seat units. A status has its own shape, so colour is never the only sign:
 * free = full square, held = lower half, sold = dot, blocked = thin cross.
 */
export function addSeatShape(context: CanvasRenderingContext2D, code: SeatCode, x: number, y: number, scale: number): void {
  switch (code) {
    case seatCode.free:
      if (scale < DETAIL_SCALE) context.rect(x - 0.4, y - 0.42, 0.8, 0.84)
      else context.roundRect(x - 0.4, y - 0.42, 0.8, 0.84, [0.14, 0.14, 0.3, 0.3])
      return
    case seatCode.held:
      if (scale < DETAIL_SCALE) context.rect(x - 0.4, y + 0.04, 0.8, 0.38)
      else context.roundRect(x - 0.4, y + 0.02, 0.8, 0.4, [0, 0, 0.3, 0.3])
      return
    case seatCode.sold:
      if (scale < DETAIL_SCALE) context.rect(x - 0.17, y - 0.17, 0.34, 0.34)
      else {
        context.moveTo(x + 0.18, y)
        context.arc(x, y, 0.18, 0, Math.PI * 2)
      }
      return
    case seatCode.blocked:
      addCross(context, x, y)
      return
    case seatCode.selected:
    case seatCode.mine:
      context.roundRect(x - 0.48, y - 0.5, 0.96, 1, 0.24)
  }
}

function addCross(context: CanvasRenderingContext2D, x: number, y: number): void {
  const reach = 0.32
  const half = 0.055
  // Both bars run the same way round, so that they don't cancel where they cross.
  context.moveTo(x - reach, y - reach + half)
  context.lineTo(x - reach + half, y - reach)
  context.lineTo(x + reach, y + reach - half)
  context.lineTo(x + reach - half, y + reach)
  context.closePath()
  context.moveTo(x + reach - half, y - reach)
  context.lineTo(x + reach, y - reach + half)
  context.lineTo(x - reach + half, y + reach)
  context.lineTo(x - reach, y + reach - half)
  context.closePath()
}

export function seatFill(code: SeatCode, ink: SeatInk): string {
  if (code === seatCode.free) return ink.zone
  if (code === seatCode.sold) return ink.sold
  return code === seatCode.held || code === seatCode.blocked ? ink.held : ink.yours
}

/** The sign on top of the visitor's own seats: a tick for chosen, a disc for held. */
export function paintOwnSign(context: CanvasRenderingContext2D, code: SeatCode, x: number, y: number, ink: SeatInk): void {
  context.lineWidth = 0.1
  context.strokeStyle = ink.onYours
  context.beginPath()
  context.roundRect(x - 0.43, y - 0.45, 0.86, 0.9, 0.2)
  context.stroke()
  context.beginPath()
  if (code === seatCode.selected) {
    context.lineWidth = 0.14
    context.lineCap = 'round'
    context.moveTo(x - 0.2, y + 0.02)
    context.lineTo(x - 0.05, y + 0.18)
    context.lineTo(x + 0.22, y - 0.18)
    context.stroke()
  } else {
    context.fillStyle = ink.onYours
    context.arc(x, y, 0.2, 0, Math.PI * 2)
    context.fill()
  }
}
