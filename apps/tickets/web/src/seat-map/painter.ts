import { placeOf } from '../seats/house.ts'
import { seatCode, type SeatCode } from '../seats/seat-code.ts'
import { boxOf, outlineOf, ROW_PITCH, seatInSection, toWorld, type Box, type PlacedSection } from './layout.ts'
import { hasBadge, paintLabel, paintNumbers, paintSeatNumber, paintStage } from './paint-labels.ts'
import { addSeatShape, paintOwnSign, seatFill, type SeatInk } from './paint-seats.ts'
import type { Palette } from './palette.ts'
import type { Scene } from './scene.ts'
import { fromScreen } from './viewport.ts'

const CODES: readonly SeatCode[] = [seatCode.sold, seatCode.blocked, seatCode.held, seatCode.free, seatCode.selected, seatCode.mine]

export function paintAll(scene: Scene): void {
  const { context, layout, palette, size, pixelRatio } = scene
  context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0)
  context.fillStyle = palette.floor
  context.fillRect(0, 0, size.width, size.height)
  paintStage(scene)
  const window = visibleBox(scene)
  const visible = layout.placed.filter((placed) => overlaps(boxOf(placed, 1), window))
  for (const placed of visible) paintSection(scene, placed, window)
  for (const placed of visible) {
    paintNumbers(scene, placed, window)
    paintLabel(scene, placed)
  }
}

/** Only these seats: what a live update costs. */
export function paintSome(scene: Scene, seats: readonly number[]): void {
  const { context, layout, palette, board } = scene
  const touched = new Set<PlacedSection>()
  for (const seat of seats) {
    const { section, row, number } = placeOf(board.house, seat)
    const placed = layout.placed.find((one) => one.section === section)
    if (!placed) continue
    touched.add(placed)
    const { x, y, turn } = seatInSection(placed, row, number)
    enter(scene, placed, x, y, turn)
    context.fillStyle = palette.block
    context.fillRect(-0.5, -ROW_PITCH / 2, 1, ROW_PITCH)
    const code = board.code(seat)
    const ink = inkOf(palette, placed)
    context.beginPath()
    addSeatShape(context, code, 0, 0, scene.view.scale)
    context.fillStyle = seatFill(code, ink)
    context.fill()
    if (code === seatCode.selected || code === seatCode.mine) paintOwnSign(context, code, 0, 0, ink)
    else paintSeatNumber(scene, placed, row, number, code)
  }
  // Only badges stand on seats; painting the other labels twice would thicken them.
  for (const placed of touched) if (hasBadge(scene)) paintLabel(scene, placed)
}

/** One path and one fill per status: a whole arena in a few milliseconds. */
function paintSection(scene: Scene, placed: PlacedSection, window: Box): void {
  const { context, board, palette } = scene
  const { section } = placed
  enter(scene, placed, 0, 0, 0)
  const [start, ...rest] = outlineOf(placed, 0.7)
  context.beginPath()
  if (start) context.moveTo(start.x, start.y)
  for (const point of rest) context.lineTo(point.x, point.y)
  context.closePath()
  context.fillStyle = palette.block
  context.fill()
  context.strokeStyle = palette.blockEdge
  context.lineWidth = 1 / scene.view.scale
  context.stroke()

  const groups = new Map<SeatCode, { x: number; y: number; turn: number }[]>()
  for (let row = 1; row <= section.rows; row++) {
    for (let number = 1; number <= section.seatsPerRow; number++) {
      const local = seatInSection(placed, row, number)
      const world = toWorld(placed, local)
      if (world.x < window.left || world.x > window.right || world.y < window.top || world.y > window.bottom) continue
      const code = board.code(section.firstSeat + (row - 1) * section.seatsPerRow + number - 1)
      const group = groups.get(code)
      if (group) group.push(local)
      else groups.set(code, [local])
    }
  }
  const ink = inkOf(palette, placed)
  for (const code of CODES) {
    const group = groups.get(code)
    if (!group) continue
    context.beginPath()
    for (const { x, y, turn } of group) {
      if (placed.radius === Infinity) addSeatShape(context, code, x, y, scene.view.scale)
      else {
        enter(scene, placed, x, y, turn)
        addSeatShape(context, code, 0, 0, scene.view.scale)
      }
    }
    context.fillStyle = seatFill(code, ink)
    context.fill()
    if (code !== seatCode.selected && code !== seatCode.mine) continue
    for (const { x, y, turn } of group) {
      enter(scene, placed, x, y, turn)
      paintOwnSign(context, code, 0, 0, ink)
    }
    enter(scene, placed, 0, 0, 0)
  }
}

/** Makes (0, 0) the point (x, y) of the section's frame, with one unit = one seat. */
function enter({ context, view, pixelRatio }: Scene, placed: PlacedSection, x: number, y: number, turn: number): void {
  const world = toWorld(placed, { x, y })
  const angle = placed.angle + turn
  const scale = view.scale * pixelRatio
  const cos = Math.cos(angle) * scale
  const sin = Math.sin(angle) * scale
  context.setTransform(
    cos,
    sin,
    -sin,
    cos,
    (world.x * view.scale + view.offsetX) * pixelRatio,
    (world.y * view.scale + view.offsetY) * pixelRatio,
  )
}

function inkOf(palette: Palette, placed: PlacedSection): SeatInk {
  const zone = palette.zones[placed.section.zone % palette.zones.length] ?? palette.ink
  return { zone, held: palette.muted, sold: palette.faint, yours: palette.yours, onYours: palette.onYours }
}

/** The part of the world in sight, with a seat's width to spare. */
function visibleBox({ view, size }: Scene): Box {
  const topLeft = fromScreen(view, { x: 0, y: 0 })
  const bottomRight = fromScreen(view, { x: size.width, y: size.height })
  return { left: topLeft.x - 1, top: topLeft.y - 1, right: bottomRight.x + 1, bottom: bottomRight.y + 1 }
}

const overlaps = (a: Box, b: Box): boolean => a.left < b.right && a.right > b.left && a.top < b.bottom && a.bottom > b.top
