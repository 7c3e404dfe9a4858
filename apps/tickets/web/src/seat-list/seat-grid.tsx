import { useCallback, useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactElement } from 'react'
import { seatIndex, type HouseSection } from '../seats/house.ts'
import type { SeatBoard } from '../seats/seat-board.ts'
import { moveFocus, typeRow, type GridPlace } from './move-focus.ts'
import { rowWindow, scrollToShow } from './row-window.ts'
import { SeatRow } from './seat-row.tsx'
import { useGridSize } from './use-grid-size.ts'

interface SeatGridProps {
  readonly board: SeatBoard
  readonly section: HouseSection
  pick(seat: number): void
}

/** One tab stop with a roving focus. Only rows in sight exist, and the focused one always does, so live updates never take the focus away. */
export function SeatGrid({ board, section, pick }: SeatGridProps): ReactElement {
  const scroller = useRef<HTMLDivElement>(null)
  const { rowHeight, height } = useGridSize(scroller, section)
  const [scrollTop, setScrollTop] = useState(0)
  const [active, setActive] = useState<GridPlace>({ row: 1, number: 1 })
  const wantsFocus = useRef(false)
  const typed = useRef({ digits: '', atMs: 0 })

  const goTo = useCallback(
    (place: GridPlace) => {
      const element = scroller.current
      if (element) {
        element.scrollTop = scrollToShow(place.row, { scrollTop: element.scrollTop, height: element.clientHeight, rowHeight })
        setScrollTop(element.scrollTop)
      }
      wantsFocus.current = true
      setActive(place)
    },
    [rowHeight],
  )
  useLayoutEffect(() => {
    if (!wantsFocus.current) return
    wantsFocus.current = false
    scroller.current?.querySelector<HTMLElement>(`[data-seat="${seatIndex(section, active.row, active.number)}"]`)?.focus()
  }, [active, section])
  useEffect(() => {
    const element = scroller.current
    if (!element) return undefined
    const onScroll = (): void => setScrollTop(element.scrollTop)
    element.addEventListener('scroll', onScroll, { passive: true })
    return () => element.removeEventListener('scroll', onScroll)
  }, [])

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.altKey || event.metaKey) return
    const digits = typeRow(typed.current, event.key, event.timeStamp)
    if (digits) {
      typed.current = digits
      const row = Number(digits.digits)
      if (row >= 1 && row <= section.rows) goTo({ row, number: active.number })
      return
    }
    const place = moveFocus(active, event, section)
    if (!place) return
    event.preventDefault()
    goTo(place)
  }
  const onPick = useCallback(
    (row: number, number: number) => {
      setActive({ row, number })
      pick(seatIndex(section, row, number))
    },
    [pick, section],
  )

  const { first, last } = rowWindow({ scrollTop, height, rowHeight }, section.rows)
  const rows = Array.from({ length: last - first + 1 }, (_, index) => first + index)
  if (active.row < first) rows.unshift(active.row)
  if (active.row > last) rows.push(active.row)
  return (
    <div className="seat-grid-scroller" ref={scroller}>
      <div
        role="grid"
        aria-label={`Seats in ${section.name}`}
        aria-rowcount={section.rows}
        aria-colcount={section.seatsPerRow + 1}
        className="seat-grid"
        style={{ height: section.rows * rowHeight }}
        onKeyDown={onKeyDown}
      >
        {rows.map((row) => (
          <SeatRow
            key={row}
            section={section}
            row={row}
            top={(row - 1) * rowHeight}
            codes={rowCodes(board, section, row)}
            active={active.row === row ? active.number : 0}
            pick={onPick}
          />
        ))}
      </div>
    </div>
  )
}

/** All statuses of a row as one string: rows whose string is unchanged don't render again. */
function rowCodes(board: SeatBoard, section: HouseSection, row: number): string {
  const start = seatIndex(section, row, 1)
  let codes = ''
  for (let seat = start; seat < start + section.seatsPerRow; seat++) codes += String(board.code(seat))
  return codes
}
