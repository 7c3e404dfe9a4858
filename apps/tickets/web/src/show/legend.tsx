import type { ReactElement } from 'react'
import { SeatSign } from '../seat-list/seat-sign.tsx'
import { seatCode, type SeatCode } from '../seats/seat-code.ts'

const ENTRIES: readonly (readonly [SeatCode, string])[] = [
  [seatCode.free, 'Free'],
  [seatCode.selected, 'Your choice'],
  [seatCode.mine, 'Held for you'],
  [seatCode.held, 'On hold'],
  [seatCode.sold, 'Sold'],
  [seatCode.blocked, 'Not for sale'],
]

export function Legend(): ReactElement {
  return (
    <ul className="legend">
      {ENTRIES.map(([code, name]) => (
        <li key={code}>
          <span className={`legend-seat seat-${code} zone-0`} aria-hidden="true">
            <SeatSign code={code} />
            {code === seatCode.selected && (
              <svg viewBox="0 0 24 24" focusable="false">
                <path d="M6 12.500l4 4.500 8-10" fill="none" stroke="currentColor" strokeWidth="3.500" strokeLinecap="round" />
              </svg>
            )}
            {code === seatCode.mine && (
              <svg viewBox="0 0 24 24" focusable="false">
                <circle cx="12" cy="12" r="5" fill="currentColor" />
              </svg>
            )}
          </span>
          {name}
        </li>
      ))}
    </ul>
  )
}
