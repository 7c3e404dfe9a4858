import type { BookedSeat } from '../api/contract.ts'
import { joinRuns } from '../seats/seat-names.ts'

export interface BookedRow {
  readonly section: string
  readonly row: string
  /** "4–6, 9" */
  readonly numbers: string
  readonly count: number
}

export function bookedRows(seats: readonly BookedSeat[]): BookedRow[] {
  const rows = Map.groupBy(seats, ({ seat, section }) => `${section}\n${seat.split('-')[1] ?? ''}`)
  return [...rows].map(([key, group]) => {
    const [section = '', row = ''] = key.split('\n')
    const numbers = group.map(({ seat }) => Number(seat.split('-')[2])).sort((a, b) => a - b)
    return { section, row, numbers: joinRuns(numbers), count: group.length }
  })
}
