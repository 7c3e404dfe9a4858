import type { ReactElement } from 'react'
import { FailedState } from 'app-kit/web/shell/page.tsx'
import type { Show } from '../api/contract.ts'
import { useQuery } from '../api/client.ts'
import { CrowdPanel } from '../crowd/crowd-panel.tsx'
import { useSeatBoard, type LiveBoard } from '../seats/use-seat-board.ts'
import type { SeatBoard } from '../seats/seat-board.ts'
import { organiseLink } from '../shell/router.ts'
import { UnknownPage } from '../shell/unknown-page.tsx'
import { BookingDesk } from './booking-desk.tsx'
import { PriceZones } from './price-zones.tsx'
import { ShowHead } from './show-head.tsx'
import './show.css'

export function ShowPage({ showId }: { readonly showId: string }): ReactElement {
  const shows = useQuery('shows', {})
  const live = useSeatBoard(showId)
  const show = shows.status === 'ready' ? shows.data.find((one) => one.showId === showId) : undefined
  if (live.missing || (shows.status === 'ready' && !show)) return <UnknownPage what="show" />
  if (shows.status === 'failed') return <FailedState message={shows.message} retry={shows.reload} />
  if (!show || !live.board) return <ShowSkeleton />
  return <ReadyShow show={show} board={live.board} live={live} />
}

function ReadyShow({ show, board, live }: { readonly show: Show; readonly board: SeatBoard; readonly live: LiveBoard }): ReactElement {
  return (
    <>
      <ShowHead show={show} board={board} />
      <div className="page show-page">
        <PriceZones board={board} />
        <BookingDesk show={show} board={board} live={live} />
        <div className="show-more">
          <CrowdPanel showId={show.showId} />
          <section className="panel">
            <h2>For the organiser</h2>
            <p>See the sales as they happen, and take seats off sale or put them back.</p>
            <a className="button" href={organiseLink(show.showId)}>
              Open the organiser’s view
            </a>
          </section>
        </div>
      </div>
    </>
  )
}

/** As high as the real page, so that nothing jumps when it comes. */
function ShowSkeleton(): ReactElement {
  return (
    <div aria-busy="true">
      <div className="show-head show-head-empty" />
      <div className="page show-page">
        <div className="skeleton skeleton-zones" />
        <div className="desk">
          <div className="skeleton skeleton-map" />
          <div className="skeleton skeleton-cart" />
        </div>
      </div>
      <p className="visually-hidden" role="status">
        Loading the seats
      </p>
    </div>
  )
}
