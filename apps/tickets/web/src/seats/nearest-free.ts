import { placeOf, sectionOf, type House } from './house.ts'

/** Rows feel further apart than seats; another section or price is a bigger step than either. */
const ROW_COST = 1.6
const SECTION_COST = 40
const PRICE_COST_PER_EURO = 1

export interface NearestOptions {
  readonly isFree: (seat: number) => boolean
  /** The seats that stay chosen: sitting beside one of them is worth a longer way. */
  readonly beside?: readonly number[]
}

/** The free seat that replaces `wanted` best, or undefined in a full house. */
export function nearestFree(house: House, wanted: number, { isFree, beside = [] }: NearestOptions): number | undefined {
  const home = sectionOf(house, wanted)
  const others = [...house.sections].sort((a, b) => Math.abs(a.index - home.index) - Math.abs(b.index - home.index))
  const kept = new Set(beside)
  const target = placeOf(house, wanted)
  let best: number | undefined
  let bestCost = Infinity
  for (const section of others) {
    const away = section === home ? 0 : SECTION_COST * Math.abs(section.index - home.index)
    const price = (Math.abs(section.priceCents - home.priceCents) / 100) * PRICE_COST_PER_EURO
    if (away + price >= bestCost) continue
    for (let seat = section.firstSeat; seat < section.firstSeat + section.seatCount; seat++) {
      if (kept.has(seat) || !isFree(seat)) continue
      const inside = seat - section.firstSeat
      const row = Math.floor(inside / section.seatsPerRow) + 1
      const number = (inside % section.seatsPerRow) + 1
      const way = Math.abs(row - target.row) * ROW_COST + Math.abs(number - target.number)
      const touches = (number > 1 && kept.has(seat - 1)) || (number < section.seatsPerRow && kept.has(seat + 1))
      const cost = away + price + way - (touches ? 2 : 0)
      if (cost < bestCost) {
        bestCost = cost
        best = seat
      }
    }
  }
  return best
}

/** A different seat for each lost one, as near as each can get. */
export function replacementsFor(house: House, lost: readonly number[], { isFree, beside = [] }: NearestOptions): number[] {
  const proposed: number[] = []
  for (const seat of lost) {
    const found = nearestFree(house, seat, { isFree: (one) => isFree(one) && !proposed.includes(one), beside: [...beside, ...proposed] })
    if (found !== undefined) proposed.push(found)
  }
  return proposed
}
