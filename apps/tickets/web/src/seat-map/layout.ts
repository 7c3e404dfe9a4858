import type { House, HouseSection } from '../seats/house.ts'

/** World units: one seat is 1 wide, rows are `ROW_PITCH` apart. */
export const ROW_PITCH = 1.15
const AISLE = 2.2
/** Between tiers there is room for the section's name. */
const TIER_GAP = 3.4

/**
 * Where a section stands. Local frame: origin in the middle of its front row, x along the row, y away from the stage;
 * `angle` turns that frame into the world. `radius` bends rows around a point `radius` before the front row; Infinity = straight.
 */
export interface PlacedSection {
  readonly section: HouseSection
  readonly x: number
  readonly y: number
  readonly angle: number
  readonly radius: number
}

export interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

export interface Layout {
  readonly kind: 'theatre' | 'arena'
  readonly placed: readonly PlacedSection[]
  readonly bounds: Box
  /** The stage or pitch everyone faces. */
  readonly stage: Box
}

export interface Point {
  readonly x: number
  readonly y: number
}

const depthOf = (section: HouseSection): number => section.rows * ROW_PITCH

export function toLayout(house: House): Layout {
  const arena = house.sections.length >= 8 || house.capacity > 4000
  return arena ? arenaLayout(house) : theatreLayout(house)
}

/** Tiers one behind another; neighbours in the list with one price stand side by side. All rows bend around one centre. */
function theatreLayout(house: House): Layout {
  const tiers: HouseSection[][] = []
  for (const section of house.sections) {
    const last = tiers.at(-1)
    if (last?.[0]?.priceCents === section.priceCents && last.length < 5) last.push(section)
    else tiers.push([section])
  }
  const widest = Math.max(...tiers.map((tier) => tierWidth(tier)))
  let radius = Math.max(14, widest / 1.25)
  const front = radius
  const placed: PlacedSection[] = []
  for (const tier of tiers) {
    let along = -tierWidth(tier) / 2
    for (const section of tier) {
      const middle = (along + section.seatsPerRow / 2) / radius
      // The centre of all arcs is the origin; the stage lies towards it, the audience below.
      placed.push({ section, x: Math.sin(-middle) * -radius, y: Math.cos(middle) * radius, angle: -middle, radius })
      along += section.seatsPerRow + AISLE
    }
    radius += Math.max(...tier.map(depthOf)) + TIER_GAP
  }
  const stageWidth = Math.max(10, widest * 0.62)
  const stage = { left: -stageWidth / 2, right: stageWidth / 2, top: front - 9.5, bottom: front - 3 }
  return { kind: 'theatre', placed, stage, bounds: boundsOf(placed, stage) }
}

const tierWidth = (tier: readonly HouseSection[]): number =>
  tier.reduce((sum, section) => sum + section.seatsPerRow, 0) + AISLE * (tier.length - 1)

/** Half the straight side of the innermost ring, as a share of its height. */
const STRAIGHT_SHARE = 0.9

/** Rings around a pitch, dearest nearest; every block faces the middle. A small group of its own price becomes the floor. */
function arenaLayout(house: House): Layout {
  const groups = Map.groupBy(house.sections, (section) => section.zone)
  const rings: HouseSection[][] = []
  const floor: HouseSection[] = []
  for (const [, group] of [...groups].sort(([a], [b]) => a - b)) {
    if (group.length <= 3 && floor.length === 0 && groups.size > 1) floor.push(...group)
    else for (let start = 0; start < group.length; start += 28) rings.push(group.slice(start, start + 28))
  }
  const placed: PlacedSection[] = []
  const floorWidth = floor.length > 0 ? tierWidth(floor) : 0
  const floorDepth = Math.max(0, ...floor.map(depthOf))
  let along = -floorWidth / 2
  for (const section of floor) {
    placed.push({ section, x: along + section.seatsPerRow / 2, y: -floorDepth / 2 + 4, angle: 0, radius: Infinity })
    along += section.seatsPerRow + AISLE
  }

  const firstNeeded = rings[0]?.reduce((sum, section) => sum + section.seatsPerRow + AISLE, 0) ?? 0
  // The long sides face each other across the field: about one and a half times as wide as high once the rings stand.
  let halfHeight = Math.max(floorDepth / 2 + 9, 12, firstNeeded / (4 * STRAIGHT_SHARE + 2 * Math.PI))
  let halfWidth = Math.max(floorWidth / 2 + 4, halfHeight * (1 + STRAIGHT_SHARE))
  for (const ring of rings) {
    const needed = ring.reduce((sum, section) => sum + section.seatsPerRow + AISLE, 0)
    const grow = Math.max(0, (needed - ovalLength(halfWidth, halfHeight)) / (2 * Math.PI))
    halfWidth += grow
    halfHeight += grow
    placeRing(ring, halfWidth, halfHeight, needed, placed)
    const depth = Math.max(...ring.map(depthOf)) + AISLE * 1.6
    halfWidth += depth
    halfHeight += depth
  }
  const field = rings[0] ? ovalOf(placed, rings[0]) : { x: 20, y: 12 }
  const stage =
    floor.length > 0
      ? { left: -floorWidth / 2, right: floorWidth / 2, top: -floorDepth / 2 - 4, bottom: -floorDepth / 2 + 2 }
      : { left: -field.x * 0.42, right: field.x * 0.42, top: -field.y * 0.5, bottom: field.y * 0.5 }
  return { kind: 'arena', placed, stage, bounds: boundsOf(placed, stage) }
}

function ovalOf(placed: readonly PlacedSection[], ring: readonly HouseSection[]): Point {
  const fronts = placed.filter(({ section }) => ring.includes(section))
  return { x: Math.max(...fronts.map(({ x }) => Math.abs(x))), y: Math.max(...fronts.map(({ y }) => Math.abs(y))) }
}

/** A stadium outline: two straight sides joined by half circles. */
function ovalLength(halfWidth: number, halfHeight: number): number {
  return 4 * (halfWidth - halfHeight) + 2 * Math.PI * halfHeight
}

function placeRing(ring: readonly HouseSection[], halfWidth: number, halfHeight: number, needed: number, placed: PlacedSection[]): void {
  const length = ovalLength(halfWidth, halfHeight)
  const slack = Math.max(0, length - needed) / ring.length
  // Start so that the first section stands in the middle of the far side.
  let along = -(ring[0]?.seatsPerRow ?? 0) / 2
  for (const section of ring) {
    const { x, y, angle } = onOval(along + section.seatsPerRow / 2, halfWidth, halfHeight)
    placed.push({ section, x, y, angle, radius: Infinity })
    along += section.seatsPerRow + AISLE + slack
  }
}

/** The point `along` the outline, clockwise from the middle of the top side, and the turn of a block that faces inwards there. */
function onOval(along: number, halfWidth: number, halfHeight: number): Point & { angle: number } {
  const straight = halfWidth - halfHeight
  const bend = Math.PI * halfHeight
  const length = 4 * straight + 2 * bend
  let rest = ((along % length) + length) % length
  if (rest < straight) return { x: rest, y: -halfHeight, angle: Math.PI }
  rest -= straight
  if (rest < bend) return onBend(straight, -Math.PI / 2 + rest / halfHeight, halfHeight)
  rest -= bend
  if (rest < 2 * straight) return { x: straight - rest, y: halfHeight, angle: 0 }
  rest -= 2 * straight
  if (rest < bend) return onBend(-straight, Math.PI / 2 + rest / halfHeight, halfHeight)
  rest -= bend
  return { x: rest - straight, y: -halfHeight, angle: Math.PI }
}

const onBend = (centreX: number, direction: number, radius: number): Point & { angle: number } => ({
  x: centreX + Math.cos(direction) * radius,
  y: Math.sin(direction) * radius,
  angle: direction - Math.PI / 2,
})

/** Middle of a seat in its section's frame; `turn` is the seat's own bend against that frame. */
export function seatInSection(placed: PlacedSection, row: number, number: number): Point & { turn: number } {
  const along = number - 0.5 - placed.section.seatsPerRow / 2
  const back = (row - 0.5) * ROW_PITCH
  if (placed.radius === Infinity) return { x: along, y: back, turn: 0 }
  const radius = placed.radius + back
  const bend = along / radius
  return { x: Math.sin(bend) * radius, y: Math.cos(bend) * radius - placed.radius, turn: -bend }
}

export function toWorld({ x, y, angle }: PlacedSection, local: Point): Point {
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  return { x: x + local.x * cos - local.y * sin, y: y + local.x * sin + local.y * cos }
}

export function toSection({ x, y, angle }: PlacedSection, world: Point): Point {
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  return { x: (world.x - x) * cos + (world.y - y) * sin, y: (world.y - y) * cos - (world.x - x) * sin }
}

/** A polygon around the section, in its own frame; bent sections get points along their arcs. */
export function outlineOf(placed: PlacedSection, margin: number): Point[] {
  const half = placed.section.seatsPerRow / 2 + margin
  const back = depthOf(placed.section) + margin
  if (placed.radius === Infinity) {
    return [
      { x: -half, y: -margin },
      { x: half, y: -margin },
      { x: half, y: back },
      { x: -half, y: back },
    ]
  }
  const arc = (y: number, from: number, to: number): Point[] =>
    Array.from({ length: 17 }, (_, step) => {
      const radius = placed.radius + y
      const bend = (from + ((to - from) * step) / 16) / radius
      return { x: Math.sin(bend) * radius, y: Math.cos(bend) * radius - placed.radius }
    })
  return [...arc(-margin, -half, half), ...arc(back, half, -half)]
}

export function boxOf(placed: PlacedSection, margin = 0): Box {
  const points = outlineOf(placed, margin).map((point) => toWorld(placed, point))
  const xs = points.map((point) => point.x)
  const ys = points.map((point) => point.y)
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) }
}

function boundsOf(placed: readonly PlacedSection[], stage: Box): Box {
  const boxes = [stage, ...placed.map((one) => boxOf(one, 1))]
  return {
    left: Math.min(...boxes.map((box) => box.left)),
    top: Math.min(...boxes.map((box) => box.top)),
    right: Math.max(...boxes.map((box) => box.right)),
    bottom: Math.max(...boxes.map((box) => box.bottom)),
  }
}
