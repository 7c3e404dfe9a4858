/**
 * Which seats are best for a group: side by side in one row, as near as can be to the middle of the front row, and so that
 * no single seat is left alone. Where that can't be, one wish after the other is given up, and `relaxed` says which.
 *
 * Looks at rows from the nearest outwards and stops as soon as no further row can be better.
 */
import { distance, FREE, type Hall, type Section } from './hall.ts'
import { toSeat } from './seat.ts'

/** What had to be given up: nothing; a single seat is left alone; not side by side; not in one row; not in one section. */
export const RELAXED = ['none', 'single-seat-left', 'split-in-row', 'several-rows', 'several-sections'] as const
export type Relaxed = (typeof RELAXED)[number]

export interface BestSeats {
  readonly seats: string[]
  readonly relaxed: Relaxed
}

/** Some seats of one row, by their places in it. */
interface Group {
  readonly section: Section
  readonly row: number
  readonly places: readonly number[]
}

/** Undefined where fewer seats than that are free. `only`: the section they must be in. */
export function bestAvailable(hall: Hall, quantity: number, only?: Section): BestSeats | undefined {
  if ((only ?? hall).free < quantity) return undefined
  const found = (relaxed: Relaxed, groups: readonly Group[] | undefined): BestSeats | undefined =>
    groups && { seats: groups.flatMap(toSeats), relaxed }
  return (
    found(
      'none',
      bestRow(hall, only, (section, row) => runInRow(section, row, quantity, false)),
    ) ??
    found(
      'single-seat-left',
      bestRow(hall, only, (section, row) => runInRow(section, row, quantity, true)),
    ) ??
    found(
      'split-in-row',
      bestRow(hall, only, (section, row) => splitInRow(section, row, quantity)),
    ) ??
    found('several-rows', severalRows(only === undefined ? hall.sections : [only], quantity)) ??
    found('several-sections', anywhere(hall, quantity))
  )
}

/** Places in a row and how good they are: less is better, and never less than the distance of the row's nearest seat. */
interface Offer {
  readonly score: number
  readonly places: readonly number[]
}

function bestRow(
  { order, sections }: Hall,
  only: Section | undefined,
  offerOf: (section: Section, row: number) => Offer | undefined,
): readonly Group[] | undefined {
  let best: (Group & { readonly score: number }) | undefined
  for (let at = 0; at < order.row.length; at++) {
    if (best !== undefined && order.nearest[at]! >= best.score) break
    const section = sections[order.section[at]!]!
    if (only !== undefined && section !== only) continue
    const row = order.row[at]!
    const offer = offerOf(section, row)
    if (offer !== undefined && (best === undefined || offer.score < best.score)) best = { section, row, ...offer }
  }
  return best && [best]
}

/** Seats side by side. */
function runInRow(section: Section, row: number, quantity: number, mayLeaveSingle: boolean): Offer | undefined {
  if (section.longestRun[row]! < quantity) return undefined
  const { seats, seatsPerRow } = section
  const base = row * seatsPerRow
  let bestFirst = -1
  let bestScore = Infinity
  for (let start = 0; start < seatsPerRow; start++) {
    if (seats[base + start] !== FREE) continue
    let end = start + 1
    while (end < seatsPerRow && seats[base + end] === FREE) end++
    for (let first = start; first + quantity <= end; first++) {
      if (!mayLeaveSingle && (first - start === 1 || end - first - quantity === 1)) continue
      const score = distance(section, row, first + (quantity - 1) / 2)
      if (score < bestScore) [bestFirst, bestScore] = [first, score]
    }
    start = end
  }
  return bestFirst < 0 ? undefined : { score: bestScore, places: Array.from({ length: quantity }, (_, at) => bestFirst + at) }
}

/** Seats of one row with others between them: better the closer together. */
function splitInRow(section: Section, row: number, quantity: number): Offer | undefined {
  if (section.freeInRow[row]! < quantity) return undefined
  const free = freePlaces(section, row)
  let best: Offer | undefined
  for (let from = 0; from + quantity <= free.length; from++) {
    const first = free[from]!
    const last = free[from + quantity - 1]!
    const spread = last - first + 1 - quantity
    const score = distance(section, row, (first + last) / 2) + spread * spread
    if (best === undefined || score < best.score) best = { score, places: free.slice(from, from + quantity) }
  }
  return best
}

/** Rows one behind another in one section: as few as can be, then as near as can be. */
function severalRows(sections: readonly Section[], quantity: number): readonly Group[] | undefined {
  let best: { readonly section: Section; readonly from: number; readonly count: number; readonly score: number } | undefined
  for (const section of sections) {
    if (section.free < quantity) continue
    const middle = (section.seatsPerRow - 1) / 2
    for (let from = 0, to = 0, free = 0; from < section.rows; free -= section.freeInRow[from++]!) {
      while (free < quantity && to < section.rows) free += section.freeInRow[to++]!
      if (free < quantity) break
      const count = to - from
      const score = distance(section, from, middle)
      if (best === undefined || count < best.count || (count === best.count && score < best.score)) best = { section, from, count, score }
    }
  }
  if (best === undefined) return undefined
  const { section, from, count } = best
  return take(
    Array.from({ length: count }, (_, at) => ({ section, row: from + at })),
    quantity,
  )
}

function anywhere({ order, sections }: Hall, quantity: number): readonly Group[] | undefined {
  const rows: { section: Section; row: number }[] = []
  let free = 0
  for (let at = 0; at < order.row.length && free < quantity; at++) {
    const section = sections[order.section[at]!]!
    const row = order.row[at]!
    if (section.freeInRow[row] === 0) continue
    free += section.freeInRow[row]!
    rows.push({ section, row })
  }
  return take(rows, quantity)
}

/** All free seats of these rows, and of the last as many as are still wanted, close together. */
function take(rows: readonly { readonly section: Section; readonly row: number }[], quantity: number): readonly Group[] | undefined {
  const groups: Group[] = []
  let wanted = quantity
  for (const { section, row } of rows) {
    const count = Math.min(wanted, section.freeInRow[row]!)
    if (count > 0) groups.push({ section, row, places: splitInRow(section, row, count)!.places })
    wanted -= count
  }
  return wanted === 0 ? groups : undefined
}

function freePlaces({ seats, seatsPerRow }: Section, row: number): number[] {
  const free: number[] = []
  for (let place = 0; place < seatsPerRow; place++) if (seats[row * seatsPerRow + place] === FREE) free.push(place)
  return free
}

const toSeats = ({ section, row, places }: Group): string[] => places.map((place) => toSeat(section.id, row + 1, place + 1))
