import { useEffect, useImperativeHandle, useRef, useState, type ReactElement, type Ref } from 'react'
import { fullSeatName } from '../seats/seat-names.ts'
import type { SeatBoard } from '../seats/seat-board.ts'
import { openMapView, type MapView } from './map-view.ts'
import type { Point } from './layout.ts'
import './seat-map.css'

const PAN_PX = 140

export interface SeatMapHandle {
  reveal(seats: readonly number[]): void
}

interface SeatMapProps {
  readonly board: SeatBoard
  readonly ref?: Ref<SeatMapHandle>
  pick(seat: number): void
}

/** The picture of the house. Everything it does can also be done in the seat list, so it is one image to screen readers. */
export function SeatMap({ board, pick, ref }: SeatMapProps): ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null)
  const view = useRef<MapView>(null)
  const latestPick = useRef(pick)
  const [hover, setHover] = useState<{ seat: number; at: Point }>()
  useEffect(() => {
    latestPick.current = pick
  })
  useEffect(() => {
    if (!canvas.current) return undefined
    const opened = openMapView(canvas.current, board, { pick: (seat) => latestPick.current(seat), hover: setHover })
    view.current = opened
    return () => {
      view.current = null
      opened.close()
    }
  }, [board])
  useImperativeHandle(ref, () => ({ reveal: (seats) => view.current?.reveal(seats) }), [])
  const move = (dx: number, dy: number) => () => view.current?.pan(dx * PAN_PX, dy * PAN_PX)

  return (
    <div className="seat-map">
      <canvas
        ref={canvas}
        role="img"
        aria-label={`Seat map with ${board.house.sections.length} sections. To choose by keyboard or screen reader, use the list.`}
      />
      {hover && <SeatTip board={board} seat={hover.seat} at={hover.at} />}
      <div className="map-controls" role="group" aria-label="Move the map">
        <MapButton label="Zoom in" path="M12 5v14M5 12h14" run={() => view.current?.zoom(1.7)} />
        <MapButton label="Zoom out" path="M5 12h14" run={() => view.current?.zoom(1 / 1.7)} />
        <MapButton label="Show the whole house" path="M5 9V5h4M15 5h4v4M19 15v4h-4M9 19H5v-4" run={() => view.current?.showAll()} />
        <MapButton label="Move map up" path="M6 14l6-6 6 6" run={move(0, 1)} />
        <MapButton label="Move map down" path="M6 10l6 6 6-6" run={move(0, -1)} />
        <MapButton label="Move map left" path="M14 6l-6 6 6 6" run={move(1, 0)} />
        <MapButton label="Move map right" path="M10 6l6 6-6 6" run={move(-1, 0)} />
      </div>
    </div>
  )
}

function MapButton({ label, path, run }: { readonly label: string; readonly path: string; run(): void }): ReactElement {
  return (
    <button type="button" aria-label={label} title={label} onClick={run}>
      <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
        <path d={path} fill="none" stroke="currentColor" strokeWidth="2.2" strokeLinecap="round" strokeLinejoin="round" />
      </svg>
    </button>
  )
}

function SeatTip({ board, seat, at }: { readonly board: SeatBoard; readonly seat: number; readonly at: Point }): ReactElement {
  return (
    <div className="seat-tip" aria-hidden="true" style={{ left: at.x, top: at.y }}>
      {fullSeatName(board.house, seat, board.code(seat))}
    </div>
  )
}
