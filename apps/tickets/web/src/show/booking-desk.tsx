import { useCallback, useEffect, useRef, useState, type ReactElement } from 'react'
import type { Show } from '../api/contract.ts'
import { CartBar } from '../cart/cart-bar.tsx'
import { CartPanel } from '../cart/cart-panel.tsx'
import { useCart } from '../cart/use-cart.ts'
import { WishForm, type Wish } from '../cart/wish-form.tsx'
import { isUnderWay } from '../checkout/phase.ts'
import { useCheckout } from '../checkout/use-checkout.ts'
import type { SeatMapHandle } from '../seat-map/seat-map.tsx'
import type { SeatBoard } from '../seats/seat-board.ts'
import { useBoardVersion, type LiveBoard } from '../seats/use-seat-board.ts'
import { useWaiting } from '../waiting/use-waiting.ts'
import { WaitingPanel } from '../waiting/waiting-panel.tsx'
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
  useBoardVersion(board)
  const cart = useCart(show, board)
  const checkout = useCheckout(show.showId)
  const waiting = useWaiting(show.showId)
  const [view, setView] = useState<ChooserView>('map')
  const map = useRef<SeatMapHandle>(null)
  const reveal = useCallback((seats: readonly number[]) => map.current?.reveal(seats), [])
  const holdBest = async ({ quantity, section }: Wish): Promise<void> => reveal(await cart.holdBest(quantity, section))
  const isSoldOut = board.counts.free === 0
  const { waiter } = waiting
  const { adopt, dismiss } = cart
  const isAnswered = waiter !== undefined && cart.note?.kind === 'sold-out'
  useEffect(() => {
    if (isAnswered) dismiss()
    // What it does is the same each time.
  }, [isAnswered])
  const offered = waiter?.status === 'offered' && !cart.held && cart.saving === undefined ? waiter.waiterId : undefined
  useEffect(() => {
    if (offered !== undefined) adopt(offered)
  }, [offered, adopt])
  const isPaying = checkout.isSending || isUnderWay(checkout.phase)
  return (
    <div className="desk">
      <SeatChooser board={board} live={live} view={view} setView={setView} pick={cart.pick} mapRef={map} />
      <div className="desk-side">
        <CartPanel
          show={show}
          board={board}
          cart={cart}
          checkout={checkout}
          isOffer={cart.held !== undefined && cart.held.holdId === waiter?.waiterId}
          reveal={reveal}
        />
        {!cart.held && !isSoldOut && (
          <WishForm
            show={show}
            board={board}
            saving={cart.saving !== undefined}
            title="Best available"
            hint="Seats side by side, as near to the stage as they come. Held at once."
            action="Find and hold seats"
            submit={(wish) => void holdBest(wish)}
          />
        )}
        {!cart.held && (
          <WaitingPanel
            show={show}
            board={board}
            waiting={waiting}
            wish={cart.note?.kind === 'sold-out' ? cart.note : undefined}
            isSoldOut={isSoldOut}
          />
        )}
      </div>
      <CartBar board={board} cart={cart} isPaying={isPaying} />
    </div>
  )
}
