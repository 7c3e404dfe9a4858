import { useCallback, useRef, useState, type ReactElement } from 'react'
import type { Show } from '../api/contract.ts'
import { BestAvailableForm } from '../cart/best-available-form.tsx'
import { CartBar } from '../cart/cart-bar.tsx'
import { CartPanel } from '../cart/cart-panel.tsx'
import { useCart } from '../cart/use-cart.ts'
import type { SeatMapHandle } from '../seat-map/seat-map.tsx'
import type { SeatBoard } from '../seats/seat-board.ts'
import type { LiveBoard } from '../seats/use-seat-board.ts'
import { SeatChooser, type ChooserView } from './seat-chooser.tsx'

export function BookingDesk({
  show,
  board,
  live,
}: {
  readonly show: Show
  readonly board: SeatBoard
  readonly live: LiveBoard
}): ReactElement {
  const cart = useCart(show, board)
  const [view, setView] = useState<ChooserView>('map')
  const map = useRef<SeatMapHandle>(null)
  const reveal = useCallback((seats: readonly number[]) => map.current?.reveal(seats), [])
  const holdBest = async (quantity: number, section: string | undefined): Promise<void> => {
    reveal(await cart.holdBest(quantity, section))
  }
  return (
    <div className="desk">
      <SeatChooser board={board} live={live} view={view} setView={setView} pick={cart.pick} mapRef={map} />
      <div className="desk-side">
        <CartPanel show={show} board={board} cart={cart} reveal={reveal} />
        {!cart.held && <BestAvailableForm show={show} board={board} saving={cart.saving !== undefined} hold={holdBest} />}
      </div>
      <CartBar board={board} cart={cart} />
    </div>
  )
}
