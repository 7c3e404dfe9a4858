import type { ReactElement } from 'react'
import { formatMoney, plural } from 'app-kit/web/shell/format.ts'
import type { SeatBoard } from '../seats/seat-board.ts'
import { totalCents } from '../seats/seat-names.ts'
import { useBoardVersion } from '../seats/use-seat-board.ts'
import { clockText } from './countdown.ts'
import { useCountdown } from './use-countdown.ts'
import type { Cart } from './use-cart.ts'

/** On narrow windows the cart is far below the map: this bar keeps the next step at the thumb. */
export function CartBar({
  board,
  cart,
  isPaying,
}: {
  readonly board: SeatBoard
  readonly cart: Cart
  readonly isPaying: boolean
}): ReactElement | null {
  useBoardVersion(board)
  const { held, saving } = cart
  const leftMs = useCountdown(held?.untilMs)
  const seats = held?.seats ?? board.selected
  if (seats.length === 0) return null
  return (
    <div className="cart-bar" role="group" aria-label="Your seats, in short">
      <p>
        <strong>{plural(seats.length, 'seat')}</strong>
        <span>
          {formatMoney(totalCents(board.house, seats))}
          {held && `, ${clockText(leftMs)} left`}
        </span>
      </p>
      <button
        type="button"
        className="button button-primary"
        aria-disabled={saving !== undefined}
        onClick={held ? goToPayment : cart.holdChosen}
      >
        {held ? (isPaying ? 'Paying…' : 'Pay') : saving === 'hold' ? 'Holding…' : 'Hold seats'}
      </button>
    </div>
  )
}

function goToPayment(): void {
  const title = document.getElementById('cart-title')
  title?.scrollIntoView()
  title?.focus({ preventScroll: true })
}
