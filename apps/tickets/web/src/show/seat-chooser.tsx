import type { ReactElement, ReactNode, Ref } from 'react'
import { plural } from 'app-kit/web/shell/format.ts'
import { SeatMap, type SeatMapHandle } from '../seat-map/seat-map.tsx'
import { SeatList } from '../seat-list/seat-list.tsx'
import type { SeatBoard } from '../seats/seat-board.ts'
import type { LiveBoard } from '../seats/use-seat-board.ts'
import { Legend } from './legend.tsx'

export type ChooserView = 'map' | 'list'

interface SeatChooserProps {
  readonly board: SeatBoard
  readonly live: LiveBoard
  readonly view: ChooserView
  readonly mapRef?: Ref<SeatMapHandle>
  readonly title?: ReactNode
  setView(view: ChooserView): void
  pick(seat: number): void
}

/** Map or list of the same seats. The list is one switch away for everyone, and the first stop for the keyboard. */
export function SeatChooser({ board, live, view, setView, pick, mapRef, title = 'Choose your seats' }: SeatChooserProps): ReactElement {
  return (
    <section className="chooser" aria-labelledby="chooser-title">
      <div className="chooser-head">
        <h2 id="chooser-title">{title}</h2>
        <div className="segments" role="group" aria-label="Show seats as">
          {/* The list comes first for the keyboard; CSS keeps the map on the left for the eye. */}
          <button type="button" className="segment-list" aria-pressed={view === 'list'} onClick={() => setView('list')}>
            List
          </button>
          <button type="button" className="segment-map" aria-pressed={view === 'map'} onClick={() => setView('map')}>
            Map
          </button>
        </div>
        <label className="switch">
          <input type="checkbox" checked={live.paused} onChange={(event) => live.setPaused(event.target.checked)} />
          <span>Pause live updates</span>
        </label>
      </div>
      {view === 'map' ? <SeatMap board={board} pick={pick} ref={mapRef ?? null} /> : <SeatList board={board} pick={pick} />}
      <div className="chooser-foot">
        <Legend />
        <p className="chooser-paused">
          {live.paused && (live.waiting > 0 ? `Paused: ${plural(live.waiting, 'seat')} changed since` : 'Paused')}
        </p>
      </div>
    </section>
  )
}
