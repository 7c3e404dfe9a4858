import type { Section } from '../api/contract.ts'

/** A section with the place of its first seat in the house's one numbering of all seats. */
export interface HouseSection extends Section {
  readonly index: number
  readonly firstSeat: number
  readonly seatCount: number
  /** 0 = the dearest price of the house. */
  readonly zone: number
}

export interface SeatPlace {
  readonly section: HouseSection
  /** 1-based, as printed on tickets. */
  readonly row: number
  readonly number: number
}

/** All seats of a show under one index 0…capacity-1, so that statuses fit in a flat array. */
export interface House {
  readonly sections: readonly HouseSection[]
  readonly capacity: number
  /** Distinct prices, dearest first. */
  readonly pricesCents: readonly number[]
}

export function createHouse(sections: readonly Section[]): House {
  const pricesCents = [...new Set(sections.map((section) => section.priceCents))].sort((a, b) => b - a)
  let firstSeat = 0
  const placed = sections.map((section, index) => {
    const seatCount = section.rows * section.seatsPerRow
    const result = { ...section, index, firstSeat, seatCount, zone: pricesCents.indexOf(section.priceCents) }
    firstSeat += seatCount
    return result
  })
  return { sections: placed, capacity: firstSeat, pricesCents }
}

export function sectionOf(house: House, seat: number): HouseSection {
  let low = 0
  let high = house.sections.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((house.sections[middle]?.firstSeat ?? Infinity) <= seat) low = middle
    else high = middle - 1
  }
  const section = house.sections[low]
  if (!section) throw new TypeError('a house without sections has no seats')
  return section
}

export function placeOf(house: House, seat: number): SeatPlace {
  const section = sectionOf(house, seat)
  const inside = seat - section.firstSeat
  return { section, row: Math.floor(inside / section.seatsPerRow) + 1, number: (inside % section.seatsPerRow) + 1 }
}

/** -1 when the section has no such seat. */
export function seatIndex(section: HouseSection, row: number, number: number): number {
  const inside =
    Number.isInteger(row) && Number.isInteger(number) && row >= 1 && row <= section.rows && number >= 1 && number <= section.seatsPerRow
  if (!inside) return -1
  return section.firstSeat + (row - 1) * section.seatsPerRow + number - 1
}

export function toSeatId(house: House, seat: number): string {
  const { section, row, number } = placeOf(house, seat)
  return `${section.id}-${row}-${number}`
}

/** -1 for an id that is not of this house. */
export function fromSeatId(house: House, id: string): number {
  const [sectionId, row, number] = id.split('-')
  const section = house.sections.find((candidate) => candidate.id === sectionId)
  return section ? seatIndex(section, Number(row), Number(number)) : -1
}
