import { useEffect, useRef, type ReactElement } from 'react'
import { plural } from 'app-kit/web/shell/format.ts'
import type { Show } from '../api/contract.ts'
import { CheckoutPanel } from '../checkout/checkout-panel.tsx'
import { isUnderWay } from '../checkout/phase.ts'
import type { CheckoutDesk } from '../checkout/use-checkout.ts'
import { fromSeatId } from '../seats/house.ts'
import type { SeatBoard } from '../seats/seat-board.ts'
import { totalCents } from '../seats/seat-names.ts'
import { useBoardVersion } from '../seats/use-seat-board.ts'
import { Bill } from './bill.tsx'
import { CartNotice } from './cart-notice.tsx'
import { spokenTime } from './countdown.ts'
import { HoldTimer } from './hold-timer.tsx'
import { ReleaseButton } from './release-button.tsx'
import type { Cart } from './use-cart.ts'
import './cart.css'

interface CartPanelProps {
  readonly show: Show
  readonly board: SeatBoard
  readonly cart: Cart
  readonly checkout: CheckoutDesk
  /** The held seats are those that the waiting list offered. */
  readonly isOffer: boolean
  reveal(seats: readonly number[]): void
}

export function CartPanel({ show, board, cart, checkout, isOffer, reveal }: CartPanelProps): ReactElement {
  useBoardVersion(board)
  const heading = useRef<HTMLHeadingElement>(null)
  const { held, saving, note } = cart
  const isPaying = checkout.isSending || isUnderWay(checkout.phase)
  const stage = held?.holdId ?? (checkout.checkout && 'paying')
  const before = useRef(stage)
  useEffect(() => {
    // The button that was pressed is gone now; the next step takes the focus.
    if (before.current !== stage && saving === undefined) {
      if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true })
      before.current = stage
    }
  }, [stage, saving])
  const paidFor = held?.seats ?? checkout.checkout?.seats.map((id) => fromSeatId(board.house, id)).filter((seat) => seat >= 0)

  return (
    <section className={held ? 'cart cart-held' : 'cart'} aria-labelledby="cart-title">
      <h2 id="cart-title" ref={heading} tabIndex={-1}>
        {titleOf(held !== undefined, isOffer, paidFor !== undefined)}
      </h2>
      {held && <HoldTimer key={held.holdId} held={held} show={show} cart={cart} isPaying={isPaying} />}
      {/* While they are being paid for it is not known yet what became of the seats; then the payment says it. */}
      {!(note?.kind === 'expired' && (isPaying || checkout.phase === 'returning')) && (
        <CartNotice board={board} cart={cart} reveal={reveal} />
      )}
      {paidFor ? (
        <>
          <Bill house={board.house} seats={paidFor} />
          <CheckoutPanel checkout={checkout} held={held} totalCents={totalCents(board.house, paidFor)} />
          {held && <ReleaseButton cart={cart} isPaying={isPaying} />}
        </>
      ) : (
        <Choice show={show} board={board} cart={cart} />
      )}
    </section>
  )
}

function titleOf(isHeld: boolean, isOffer: boolean, isPaid: boolean): string {
  if (isHeld) return isOffer ? 'Offered to you' : 'Held for you'
  return isPaid ? 'Your payment' : 'Your choice'
}

function Choice({ show, board, cart }: Pick<CartPanelProps, 'show' | 'board' | 'cart'>): ReactElement {
  const { saving } = cart
  const chosen = board.selected
  if (chosen.length === 0)
    return (
      <p className="cart-empty">
        Choose up to {plural(show.maxSeatsPerCustomer, 'seat')} on the map or from the list. Once held, they are yours for{' '}
        {spokenTime(show.holdMs)}.
      </p>
    )
  return (
    <>
      <Bill house={board.house} seats={chosen} remove={saving ? undefined : (seats) => board.deselect(seats)} />
      <div className="cart-actions">
        <button type="button" className="button button-primary button-wide" aria-disabled={saving !== undefined} onClick={cart.holdChosen}>
          {saving === 'hold' ? 'Holding…' : `Hold ${plural(chosen.length, 'seat')}`}
        </button>
      </div>
      <p className="hint">All of them or none. They stay yours for {spokenTime(show.holdMs)}; once, you can ask for the same time again.</p>
    </>
  )
}
