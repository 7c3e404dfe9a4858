import { memo, type ReactElement } from 'react'
import { spokenMoney } from 'app-kit/web/shell/format.ts'
import type { HouseSection } from '../seats/house.ts'
import { seatIndex } from '../seats/house.ts'
import { seatCode, seatWords, type SeatCode } from '../seats/seat-code.ts'
import { SeatSign } from './seat-sign.tsx'

interface SeatRowProps {
  readonly section: HouseSection
  readonly row: number
  readonly top: number
  /** One digit (a SeatCode) per seat. */
  readonly codes: string
  /** The seat of this row that is the grid's tab stop; 0 = another row has it. */
  readonly active: number
  pick(row: number, number: number): void
}

export const SeatRow = memo(function SeatRow({ section, row, top, codes, active, pick }: SeatRowProps): ReactElement {
  return (
    <div role="row" aria-rowindex={row} className="seat-row" style={{ transform: `translateY(${top}px)` }}>
      <div role="rowheader" aria-colindex={1} className="seat-row-head">
        <span className="visually-hidden">Row </span>
        {row}
      </div>
      <div role="presentation" className="seat-row-seats">
        {Array.from(codes, (digit, index) => {
          const number = index + 1
          const code = Number(digit) as SeatCode
          const own = code === seatCode.selected || code === seatCode.mine
          return (
            <div key={number} role="gridcell" aria-colindex={number + 1}>
              <button
                type="button"
                className={`seat seat-${code} zone-${section.zone % 6}`}
                data-seat={seatIndex(section, row, number)}
                tabIndex={number === active ? 0 : -1}
                aria-pressed={own}
                aria-disabled={code !== seatCode.free && code !== seatCode.selected}
                aria-label={`Row ${row}, seat ${number}, ${section.name}, ${spokenMoney(section.priceCents)}, ${seatWords[code]}`}
                onClick={() => pick(row, number)}
              >
                <SeatSign code={code} />
                {(code === seatCode.free || own) && <span>{number}</span>}
              </button>
            </div>
          )
        })}
      </div>
    </div>
  )
})
