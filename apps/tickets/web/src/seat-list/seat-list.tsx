import { useId, useState, type ReactElement } from 'react'
import { formatMoney } from 'app-kit/web/shell/format.ts'
import type { SeatBoard } from '../seats/seat-board.ts'
import { useBoardVersion } from '../seats/use-seat-board.ts'
import { SeatGrid } from './seat-grid.tsx'
import './seat-list.css'

interface SeatListProps {
  readonly board: SeatBoard
  pick(seat: number): void
}

/** The house without a picture: section, then rows of seats as buttons. One section at a time keeps 20,000 seats quick. */
export function SeatList({ board, pick }: SeatListProps): ReactElement {
  useBoardVersion(board)
  const id = useId()
  const [chosen, setChosen] = useState(() =>
    Math.max(
      0,
      board.house.sections.findIndex((section) => board.countsOf(section.index).free > 0),
    ),
  )
  const section = board.house.sections[chosen]
  return (
    <div className="seat-list">
      <div className="seat-list-head">
        <label htmlFor={id}>Section</label>
        <select id={id} value={chosen} onChange={(event) => setChosen(Number(event.target.value))}>
          {board.house.sections.map((one) => (
            <option key={one.id} value={one.index}>
              {one.name}, {formatMoney(one.priceCents)}, {board.countsOf(one.index).free} free
            </option>
          ))}
        </select>
        <p className="hint">
          Arrow keys move between seats, Home and End go along the row, a number jumps to that row, Enter or Space chooses.
        </p>
      </div>
      {section && <SeatGrid key={section.id} board={board} section={section} pick={pick} />}
    </div>
  )
}
