import { useEffect, useRef, type ReactElement } from 'react'
import { formatMoney, plural } from 'app-kit/web/shell/format.ts'
import type { Show } from '../api/contract.ts'
import type { House } from '../seats/house.ts'
import type { SeatBoard } from '../seats/seat-board.ts'
import { groupSeats, totalCents } from '../seats/seat-names.ts'
import { useBoardVersion } from '../seats/use-seat-board.ts'
import { CartNotice } from './cart-notice.tsx'
import { spokenTime } from './countdown.ts'
import { HoldTimer } from './hold-timer.tsx'
import type { Cart } from './use-cart.ts'
import './cart.css'

interface CartPanelProps {
  readonly show: Show
  readonly board: SeatBoard
  readonly cart: Cart
  reveal(seats: readonly number[]): void
}

export function CartPanel({ show, board, cart, reveal }: CartPanelProps): ReactElement {
  useBoardVersion(board)
  const heading = useRef<HTMLHeadingElement>(null)
  const { held, saving } = cart
  const chosen = board.selected
  const holdId = held?.holdId
  const before = useRef(holdId)
  useEffect(() => {
    // The button that was pressed is gone now; the next step takes the focus.
    if (before.current !== holdId && saving === undefined) {
      if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true })
      before.current = holdId
    }
  }, [holdId, saving])

  return (
    <section className={held ? 'cart cart-held' : 'cart'} aria-labelledby="cart-title">
      <h2 id="cart-title" ref={heading} tabIndex={-1}>
        {held ? 'Held for you' : 'Your choice'}
      </h2>
      {held && <HoldTimer key={held.holdId} held={held} show={show} cart={cart} />}
      <CartNotice board={board} cart={cart} reveal={reveal} />
      {held ? (
        <>
          <Bill house={board.house} seats={held.seats} />
          <div className="cart-actions">
            <button type="button" className="button button-primary button-wide" aria-disabled={saving !== undefined} onClick={cart.confirm}>
              {saving === 'confirm' ? 'Booking…' : `Confirm booking, ${formatMoney(totalCents(board.house, held.seats))}`}
            </button>
            <button type="button" className="button button-quiet" aria-disabled={saving !== undefined} onClick={cart.release}>
              {saving === 'release' ? 'Letting go…' : 'Let these seats go'}
            </button>
          </div>
          <p className="hint">The example shop charges nothing.</p>
        </>
      ) : chosen.length > 0 ? (
        <>
          <Bill house={board.house} seats={chosen} remove={saving ? undefined : (seats) => board.deselect(seats)} />
          <div className="cart-actions">
            <button
              type="button"
              className="button button-primary button-wide"
              aria-disabled={saving !== undefined}
              onClick={cart.holdChosen}
            >
              {saving === 'hold' ? 'Holding…' : `Hold ${plural(chosen.length, 'seat')}`}
            </button>
          </div>
          <p className="hint">
            All of them or none. They stay yours for {spokenTime(show.holdMs)}; once, you can ask for the same time again.
          </p>
        </>
      ) : (
        <p className="cart-empty">
          Choose up to {plural(show.maxSeatsPerCustomer, 'seat')} on the map or from the list. Once held, they are yours for{' '}
          {spokenTime(show.holdMs)}.
        </p>
      )}
    </section>
  )
}

function Bill({
  house,
  seats,
  remove,
}: {
  readonly house: House
  readonly seats: readonly number[]
  readonly remove?: ((seats: readonly number[]) => void) | undefined
}): ReactElement {
  return (
    <>
      <ul className="bill">
        {groupSeats(house, seats).map((group) => (
          <li key={group.seats[0]}>
            <span className="bill-seat">
              <strong>
                Row {group.row}, {group.seats.length === 1 ? 'seat' : 'seats'} {group.numbers}
              </strong>
              <span>{group.section}</span>
            </span>
            <span className="bill-price">{formatMoney(group.totalCents)}</span>
            {remove && (
              <button
                type="button"
                className="icon-button"
                aria-label={`Remove row ${group.row}, ${group.seats.length === 1 ? 'seat' : 'seats'} ${group.numbers}`}
                onClick={() => remove(group.seats)}
              >
                <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
                  <path d="M7 7l10 10M17 7 7 17" stroke="currentColor" strokeWidth="2.2" strokeLinecap="round" />
                </svg>
              </button>
            )}
          </li>
        ))}
      </ul>
      <p className="bill-total">
        <span>{plural(seats.length, 'seat')}</span>
        <strong>{formatMoney(totalCents(house, seats))}</strong>
      </p>
    </>
  )
}
