import { useCallback, useState, type ReactElement } from 'react'
import { announce } from 'app-kit/web/announce/announcer.tsx'
import { PageTitle } from 'app-kit/web/shell/page.tsx'
import { useLive } from '../api/client.ts'
import type { SeatBoard } from '../seats/seat-board.ts'
import { seatCode, seatWords } from '../seats/seat-code.ts'
import { seatName } from '../seats/seat-names.ts'
import { useSeatBoard, type LiveBoard } from '../seats/use-seat-board.ts'
import { showLink } from '../shell/router.ts'
import { UnknownPage } from '../shell/unknown-page.tsx'
import { SeatChooser, type ChooserView } from '../show/seat-chooser.tsx'
import { BlockForm } from './block-form.tsx'
import { SalesFigures } from './sales-figures.tsx'
import './organise.css'

export function OrganisePage({ showId }: { readonly showId: string }): ReactElement {
  const sales = useLive('sales', { showId })
  const waiting = useLive('waiting', { showId })
  const live = useSeatBoard(showId, { keepsBlocked: true })
  if (live.missing || sales === null) return <UnknownPage what="show" />
  return (
    <div className="page">
      <div className="programme-head">
        <p className="crumb">
          <a href={showLink(showId)}>Back to the shop</a>
        </p>
        <PageTitle title={sales ? `Organise ${sales.title}` : 'Organise'}>{sales?.title ?? 'Organise'}</PageTitle>
        <p>The organiser’s view: sales as they happen, and which seats are for sale.</p>
      </div>
      {sales ? <SalesFigures sales={sales} waiting={waiting} /> : <div className="skeleton skeleton-sales" />}
      {live.board ? (
        <OrganiserDesk showId={showId} board={live.board} live={live} />
      ) : (
        <div className="desk">
          <div className="skeleton skeleton-map" />
          <div className="skeleton skeleton-cart" />
        </div>
      )}
    </div>
  )
}

function OrganiserDesk({
  showId,
  board,
  live,
}: {
  readonly showId: string
  readonly board: SeatBoard
  readonly live: LiveBoard
}): ReactElement {
  const [view, setView] = useState<ChooserView>('map')
  const pick = useCallback(
    (seat: number) => {
      const code = board.code(seat)
      const name = seatName(board.house, seat)
      if (code === seatCode.selected) board.deselect([seat])
      else if (code === seatCode.free || code === seatCode.blocked) board.select(seat)
      else {
        announce(`${name} is ${seatWords[code]} and can’t be changed.`)
        return
      }
      announce(`${name}: ${code === seatCode.selected ? 'no longer chosen' : 'chosen'}. ${board.selected.length} chosen.`)
    },
    [board],
  )
  return (
    <div className="desk">
      <SeatChooser board={board} live={live} view={view} setView={setView} pick={pick} title="Seats on sale" />
      <div className="desk-side">
        <BlockForm showId={showId} board={board} />
      </div>
    </div>
  )
}
