import { spokenMoney } from 'app-kit/web/shell/format.ts'
import { placeOf, type House } from './house.ts'
import { seatWords, type SeatCode } from './seat-code.ts'

/** "Row 3, seat 12, Balcony" */
export function seatName(house: House, seat: number): string {
  const { section, row, number } = placeOf(house, seat)
  return `Row ${row}, seat ${number}, ${section.name}`
}

/** "Row 3, seat 12, Balcony, 45 EUR, available" */
export function fullSeatName(house: House, seat: number, code: SeatCode): string {
  return `${seatName(house, seat)}, ${spokenMoney(placeOf(house, seat).section.priceCents)}, ${seatWords[code]}`
}

export interface SeatGroup {
  readonly section: string
  readonly row: number
  readonly seats: readonly number[]
  readonly numbers: string
  readonly totalCents: number
}

/** Seats as one reads them on a bill: one line per row, neighbours joined to "4–6". */
export function groupSeats(house: House, seats: readonly number[]): SeatGroup[] {
  const rows = Map.groupBy(
    [...seats].sort((a, b) => a - b),
    (seat) => {
      const { section, row } = placeOf(house, seat)
      return `${section.id} ${row}`
    },
  )
  return [...rows.values()].map((group) => {
    const { section, row } = placeOf(house, group[0] ?? 0)
    const numbers = joinRuns(group.map((seat) => placeOf(house, seat).number))
    return { section: section.name, row, seats: group, numbers, totalCents: group.length * section.priceCents }
  })
}

export function joinRuns(numbers: readonly number[]): string {
  const runs: [number, number][] = []
  for (const number of numbers) {
    const last = runs.at(-1)
    if (last?.[1] === number - 1) last[1] = number
    else runs.push([number, number])
  }
  return runs.map(([from, to]) => (from === to ? `${from}` : to === from + 1 ? `${from}, ${to}` : `${from}–${to}`)).join(', ')
}

export const totalCents = (house: House, seats: readonly number[]): number =>
  seats.reduce((sum, seat) => sum + placeOf(house, seat).section.priceCents, 0)
