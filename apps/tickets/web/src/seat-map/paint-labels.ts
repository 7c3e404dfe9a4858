import { seatCode, type SeatCode } from '../seats/seat-code.ts'
import { ROW_PITCH, seatInSection, toWorld, type Box, type PlacedSection } from './layout.ts'
import type { Scene } from './scene.ts'
import { toScreen } from './viewport.ts'

/** Seat numbers need room; row numbers a little less (pixels per seat). */
const SEAT_NUMBER_SCALE = 25
const ROW_NUMBER_SCALE = 13
/** While blocks are this small, their name stands on them; later it moves to their front. */
const BADGE_SCALE = 8

function upright({ context, pixelRatio, palette }: Scene, sizePx: number, weight: number): void {
  context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0)
  context.font = `${weight} ${sizePx}px ${palette.font}`
  context.textAlign = 'center'
  context.textBaseline = 'middle'
}

export function paintStage(scene: Scene): void {
  const { context, layout, view, palette } = scene
  const { stage } = layout
  const topLeft = toScreen(view, { x: stage.left, y: stage.top })
  const width = (stage.right - stage.left) * view.scale
  const height = (stage.bottom - stage.top) * view.scale
  const middle = { x: topLeft.x + width / 2, y: topLeft.y + height / 2 }
  const field = layout.kind === 'arena' && height > width * 0.3
  upright(scene, Math.min(22, Math.max(11, height * (field ? 0.12 : 0.3))), 700)
  context.beginPath()
  context.roundRect(topLeft.x, topLeft.y, width, height, field ? height / 2 : [4, 4, height * 0.5, height * 0.5])
  context.fillStyle = palette.stage
  context.fill()
  if (field) paintWheel(scene, middle.x, middle.y, height * 0.33)
  context.fillStyle = palette.onStage
  context.fillText('Stage', middle.x, field ? middle.y + height * 0.42 : middle.y)
}

function paintWheel({ context, palette }: Scene, x: number, y: number, radius: number): void {
  context.strokeStyle = palette.onStage
  context.globalAlpha = 0.35
  context.lineWidth = Math.max(1, radius * 0.035)
  context.beginPath()
  context.arc(x, y, radius * 0.86, 0, Math.PI * 2)
  context.moveTo(x + radius * 0.2, y)
  context.arc(x, y, radius * 0.2, 0, Math.PI * 2)
  for (let paddle = 0; paddle < 8; paddle++) {
    const turn = (paddle * Math.PI) / 4
    context.moveTo(x + Math.cos(turn) * radius * 0.2, y + Math.sin(turn) * radius * 0.2)
    context.lineTo(x + Math.cos(turn) * radius, y + Math.sin(turn) * radius)
  }
  context.stroke()
  context.globalAlpha = 1
}

export const hasBadge = ({ layout, view }: Scene): boolean => layout.kind === 'arena' && view.scale < BADGE_SCALE

export function paintLabel(scene: Scene, placed: PlacedSection): void {
  const { context, view, palette } = scene
  const { section } = placed
  if (hasBadge(scene)) {
    const at = toScreen(view, toWorld(placed, { x: 0, y: (section.rows * ROW_PITCH) / 2 }))
    const text = view.scale < 5 ? section.id : section.name
    upright(scene, 11, 700)
    const width = context.measureText(text).width + 10
    if (width > Math.max(section.seatsPerRow, section.rows) * view.scale) return
    context.fillStyle = palette.block
    context.beginPath()
    context.roundRect(at.x - width / 2, at.y - 8, width, 16, 8)
    context.fill()
    context.fillStyle = palette.ink
    context.fillText(text, at.x, at.y + 0.5)
    return
  }
  const at = toScreen(view, toWorld(placed, { x: 0, y: -1.6 }))
  upright(scene, Math.min(16, Math.max(10, view.scale * 0.8)), 700)
  context.fillStyle = palette.ink
  context.fillText(section.name, at.x, at.y)
}

export function paintNumbers(scene: Scene, placed: PlacedSection, window: Box): void {
  const { context, view, palette, board } = scene
  const { section } = placed
  if (view.scale < ROW_NUMBER_SCALE) return
  upright(scene, Math.min(13, view.scale * 0.62), 600)
  context.fillStyle = palette.ink
  const curved = placed.radius !== Infinity
  for (let row = 1; row <= section.rows; row++) {
    for (const number of [0.25, section.seatsPerRow + 0.75]) {
      const world = toWorld(placed, seatInSection(placed, row, number))
      if (!inside(world.x, world.y, window)) continue
      const at = toScreen(view, world)
      // Bent rows are painted over the block's edge, straight ones have a margin there.
      context.globalAlpha = curved ? 0.8 : 0.65
      context.fillText(String(row), at.x, at.y)
    }
  }
  context.globalAlpha = 1
  if (view.scale < SEAT_NUMBER_SCALE) return
  for (let row = 1; row <= section.rows; row++) {
    for (let number = 1; number <= section.seatsPerRow; number++) {
      const world = toWorld(placed, seatInSection(placed, row, number))
      if (!inside(world.x, world.y, window)) continue
      paintSeatNumber(scene, placed, row, number, board.code(section.firstSeat + (row - 1) * section.seatsPerRow + number - 1))
    }
  }
}

/** Free seats show their number once there is room for it. */
export function paintSeatNumber(scene: Scene, placed: PlacedSection, row: number, number: number, code: SeatCode): void {
  const { context, view, palette } = scene
  if (view.scale < SEAT_NUMBER_SCALE || code !== seatCode.free) return
  const at = toScreen(view, toWorld(placed, seatInSection(placed, row, number)))
  upright(scene, Math.min(14, view.scale * 0.4), 600)
  context.fillStyle = palette.onZone
  context.fillText(String(number), at.x, at.y)
}

const inside = (x: number, y: number, box: Box): boolean => x > box.left && x < box.right && y > box.top && y < box.bottom
