/**
 * The seats of a show and whether each is free, kept so that neither looking at a seat nor changing one costs more in a
 * large hall: a byte for each seat, and for each row how many are free and the longest run of free ones.
 * Plain data (it goes into checkpoints): what can be done with it are the functions below.
 */
import { fromSeat } from './seat.ts'

export interface SectionPlan {
  readonly id: string
  readonly name: string
  readonly priceCents: number
  readonly rows: number
  readonly seatsPerRow: number
}

export const FREE = 0
export const HELD = 1
export const SOLD = 2
export const BLOCKED = 3
export type SeatStatus = typeof FREE | typeof HELD | typeof SOLD | typeof BLOCKED

/** A section. Here rows and seats count from 0: seat `n` of row `r` is at `r * seatsPerRow + n`. */
export interface Section extends SectionPlan {
  readonly index: number
  readonly seats: Uint8Array
  readonly freeInRow: Uint16Array
  readonly longestRun: Uint16Array
  free: number
  /** How far its middle is from the middle of the stage, in seats; and how many rows of other sections are before it. */
  readonly x: number
  readonly depth: number
}

export interface Hall {
  readonly sections: readonly Section[]
  readonly byId: ReadonlyMap<string, Section>
  readonly capacity: number
  free: number
  /** All rows, the nearest first: their section's index, their row, and how near their nearest seat is (see `distance`). */
  readonly order: { readonly section: Uint8Array; readonly row: Uint8Array; readonly nearest: Float64Array }
}

/** A row takes as much room as so many seats side by side. */
const ROW_PITCH = 1.15
/** Room between two sections side by side, in seats. */
const AISLE = 2

/** Squared distance to the focal point, the middle of the front row. `middle` is a place in the row; halves lie between two seats. */
export function distance({ x, depth, seatsPerRow }: Section, row: number, middle: number): number {
  const aside = x + middle - (seatsPerRow - 1) / 2
  const away = (depth + row) * ROW_PITCH
  return aside * aside + away * away
}

export function createHall(plans: readonly SectionPlan[]): Hall {
  const sections = tiers(plans).flatMap(({ depth, plans: tier }) => {
    let left = -(tier.reduce((sum, { seatsPerRow }) => sum + seatsPerRow, 0) + AISLE * (tier.length - 1)) / 2
    return tier.map((plan) => {
      const x = left + plan.seatsPerRow / 2
      left += plan.seatsPerRow + AISLE
      return { plan, x, depth }
    })
  })
  const made = sections.map(({ plan, x, depth }, index): Section => {
    const { rows, seatsPerRow } = plan
    return {
      ...plan,
      index,
      x,
      depth,
      seats: new Uint8Array(rows * seatsPerRow),
      freeInRow: new Uint16Array(rows).fill(seatsPerRow),
      longestRun: new Uint16Array(rows).fill(seatsPerRow),
      free: rows * seatsPerRow,
    }
  })
  const capacity = made.reduce((sum, { free }) => sum + free, 0)
  return { sections: made, byId: new Map(made.map((section) => [section.id, section])), capacity, free: capacity, order: orderOf(made) }
}

/** Sections in the order they were named, from the stage outwards; those of one price that follow each other stand side by side. */
function tiers(plans: readonly SectionPlan[]): readonly { readonly depth: number; readonly plans: readonly SectionPlan[] }[] {
  const found: { depth: number; plans: SectionPlan[] }[] = []
  for (const plan of plans) {
    const last = found.at(-1)
    if (last?.plans[0]?.priceCents === plan.priceCents) last.plans.push(plan)
    else found.push({ depth: last === undefined ? 0 : last.depth + Math.max(...last.plans.map(({ rows }) => rows)) + AISLE, plans: [plan] })
  }
  return found
}

function orderOf(sections: readonly Section[]): Hall['order'] {
  const rows = sections.flatMap((section) =>
    Array.from({ length: section.rows }, (_, row) => {
      const half = (section.seatsPerRow - 1) / 2
      const nearest = Math.min(Math.max(half - section.x, 0), section.seatsPerRow - 1)
      return { section: section.index, row, nearest: distance(section, row, nearest) }
    }),
  )
  rows.sort((one, other) => one.nearest - other.nearest)
  return {
    section: Uint8Array.from(rows, ({ section }) => section),
    row: Uint8Array.from(rows, ({ row }) => row),
    nearest: Float64Array.from(rows, ({ nearest }) => nearest),
  }
}

/** Where a seat is; undefined where the hall has no such seat. */
function placeOf(hall: Hall, seat: string): { readonly section: Section; readonly at: number } | undefined {
  const { sectionId, row, number } = fromSeat(seat)
  const section = hall.byId.get(sectionId)
  if (section === undefined || !(row >= 1 && row <= section.rows && number >= 1 && number <= section.seatsPerRow)) return undefined
  return { section, at: (row - 1) * section.seatsPerRow + number - 1 }
}

export function statusOf(hall: Hall, seat: string): SeatStatus | undefined {
  const place = placeOf(hall, seat)
  return place && (place.section.seats[place.at] as SeatStatus)
}

/** The price of all of them, in cents. */
export const priceOf = (hall: Hall, seats: readonly string[]): number =>
  seats.reduce((sum, seat) => sum + (placeOf(hall, seat)?.section.priceCents ?? 0), 0)

/** Costs what their rows cost, whatever the hall's size. */
export function setStatus(hall: Hall, seats: readonly string[], status: SeatStatus): void {
  for (const seat of seats) {
    const place = placeOf(hall, seat)
    if (place === undefined) continue
    const { section, at } = place
    const change = Number(status === FREE) - Number(section.seats[at] === FREE)
    section.seats[at] = status
    if (change === 0) continue
    const row = Math.floor(at / section.seatsPerRow)
    section.freeInRow[row]! += change
    section.longestRun[row] = longestRun(section, row)
    section.free += change
    hall.free += change
  }
}

function longestRun({ seats, seatsPerRow }: Section, row: number): number {
  let longest = 0
  let run = 0
  for (let at = row * seatsPerRow, end = at + seatsPerRow; at < end; at++) {
    run = seats[at] === FREE ? run + 1 : 0
    if (run > longest) longest = run
  }
  return longest
}
