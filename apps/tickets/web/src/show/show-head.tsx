import type { ReactElement } from 'react'
import { formatCount, formatDate, formatPrices, formatTime } from 'app-kit/web/shell/format.ts'
import { PageTitle } from 'app-kit/web/shell/page.tsx'
import type { Show } from '../api/contract.ts'
import { WaterGauge } from '../events/water-gauge.tsx'
import { Poster } from '../poster/poster.tsx'
import type { SeatBoard } from '../seats/seat-board.ts'
import { useBoardVersion } from '../seats/use-seat-board.ts'

export function ShowHead({ show, board }: { readonly show: Show; readonly board: SeatBoard }): ReactElement {
  useBoardVersion(board)
  const { free, held, sold } = board.counts
  return (
    <div className="show-head">
      <Poster seed={show.showId} width={1400} height={340} lines={30} />
      <div className="show-head-inner">
        <p className="show-date">
          <time dateTime={show.startsAt}>
            {formatDate(show.startsAt)}, {formatTime(show.startsAt)}
          </time>
        </p>
        <PageTitle title={show.title} />
        <p className="show-venue">{show.venue}</p>
        <div className="show-live">
          <p>
            <strong>{formatPrices(show.fromCents, show.toCents)}</strong>
          </p>
          <p className="show-counts">
            <span>
              <strong>{formatCount(free)}</strong> free
            </span>
            <span>
              <strong>{formatCount(held)}</strong> on hold
            </span>
            <span>
              <strong>{formatCount(sold)}</strong> sold
            </span>
          </p>
          <WaterGauge free={free} capacity={board.house.capacity} />
        </div>
      </div>
    </div>
  )
}
