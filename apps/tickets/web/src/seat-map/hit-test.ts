import { seatIndex } from '../seats/house.ts'
import { boxOf, ROW_PITCH, toSection, type Box, type Layout, type PlacedSection, type Point } from './layout.ts'

export type HitTest = (world: Point) => number

/** -1 where no seat is. The boxes are found once; a lookup then costs one pass over the sections. */
export function createHitTest(layout: Layout): HitTest {
  const boxes = layout.placed.map((placed) => ({ placed, box: boxOf(placed) }))
  return (world) => {
    for (const { placed, box } of boxes) {
      if (!contains(box, world)) continue
      const seat = seatIn(placed, world)
      if (seat >= 0) return seat
    }
    return -1
  }
}

const contains = (box: Box, { x, y }: Point): boolean => x >= box.left && x <= box.right && y >= box.top && y <= box.bottom

function seatIn(placed: PlacedSection, world: Point): number {
  const { x, y } = toSection(placed, world)
  let along = x
  let back = y
  if (placed.radius !== Infinity) {
    const radius = Math.hypot(x, y + placed.radius)
    along = Math.atan2(x, y + placed.radius) * radius
    back = radius - placed.radius
  }
  const { section } = placed
  return seatIndex(section, Math.floor(back / ROW_PITCH) + 1, Math.floor(along + section.seatsPerRow / 2) + 1)
}
