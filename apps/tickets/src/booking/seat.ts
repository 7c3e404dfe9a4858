import { z } from 'zod'

export const SECTION_ID = /^[A-Za-z0-9]{1,8}$/

/** `<section>-<row>-<number>`, row and number from 1: `A-3-12`. */
const seat = z.string().regex(/^[A-Za-z0-9]{1,8}-[1-9]\d{0,2}-[1-9]\d{0,2}$/, 'a seat is <section>-<row>-<number>, such as A-3-12')

/** At least one seat, none twice. */
export const seats = (most: number) =>
  z
    .array(seat)
    .min(1, 'name at least one seat')
    .max(most, `name at most ${most} seats`)
    .check(({ value, issues }) => {
      if (new Set(value).size === value.length) return
      value.forEach((each, at) => {
        if (value.indexOf(each) < at) issues.push({ code: 'custom', path: [at], message: `${each} is named twice`, input: value })
      })
    })

export const toSeat = (sectionId: string, row: number, number: number): string => `${sectionId}-${row}-${number}`

export interface SeatPlace {
  readonly sectionId: string
  /** From 1, as is `number`. */
  readonly row: number
  readonly number: number
}

/** The parts of a seat that has the form of one. */
export function fromSeat(text: string): SeatPlace {
  const first = text.indexOf('-')
  const second = text.indexOf('-', first + 1)
  return { sectionId: text.slice(0, first), row: Number(text.slice(first + 1, second)), number: Number(text.slice(second + 1)) }
}

/** True where all sit side by side in one row. */
export function isAdjacent(chosen: readonly string[]): boolean {
  const places = chosen.map(fromSeat)
  const numbers = places.map(({ number }) => number)
  const isOneRow = places.every(({ sectionId, row }) => sectionId === places[0]?.sectionId && row === places[0].row)
  return isOneRow && Math.max(...numbers) - Math.min(...numbers) === chosen.length - 1
}
