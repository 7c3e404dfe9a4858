import type { ReactElement } from 'react'
import { seatCode, type SeatCode } from '../seats/seat-code.ts'

const PATHS: Readonly<Record<SeatCode, string>> = {
  [seatCode.free]: '',
  [seatCode.held]: 'M3 12.500h18v2a6 6 0 0 1-6 6H9a6 6 0 0 1-6-6z',
  [seatCode.sold]: 'M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8z',
  [seatCode.blocked]:
    'M5 6.500 6.500 5l5.500 5.500L17.500 5 19 6.500 13.500 12l5.500 5.500-1.500 1.500-5.500-5.500L6.500 19 5 17.500 10.500 12z',
  [seatCode.selected]: '',
  [seatCode.mine]: '',
}

/** The shape of a status, the same as on the map. Free and own seats show their number instead. */
export function SeatSign({ code }: { readonly code: SeatCode }): ReactElement | null {
  if (PATHS[code] === '') return null
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={PATHS[code]} fill="currentColor" />
    </svg>
  )
}
