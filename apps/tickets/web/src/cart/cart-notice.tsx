import type { ReactElement } from 'react'
import { formatMoney, plural } from 'app-kit/web/shell/format.ts'
import { Notice } from 'app-kit/web/shell/page.tsx'
import type { SeatBoard } from '../seats/seat-board.ts'
import { placeOf } from '../seats/house.ts'
import { seatCode } from '../seats/seat-code.ts'
import { seatName } from '../seats/seat-names.ts'
import { ticketLink } from '../shell/router.ts'
import type { Cart } from './use-cart.ts'

interface CartNoticeProps {
  readonly board: SeatBoard
  readonly cart: Cart
  reveal(seats: readonly number[]): void
}

export function CartNotice({ board, cart, reveal }: CartNoticeProps): ReactElement | null {
  const { note } = cart
  switch (note?.kind) {
    case undefined:
      return null
    case 'refused':
      return <Notice tone="bad">{note.message}</Notice>
    case 'sold-out':
      return (
        <Notice tone="bad">
          There are not that many free seats left here. Try fewer seats or another section, or wait for some: the waiting list is below.
        </Notice>
      )
    case 'relaxed':
      return (
        <Notice tone="plain">
          {note.message}{' '}
          <button type="button" className="link-button" onClick={() => reveal(board.mine)}>
            Show them
          </button>
        </Notice>
      )
    case 'booked':
      return (
        <Notice tone="good">
          These seats are booked. <a href={ticketLink(note.bookingId)}>Open your ticket</a>
        </Notice>
      )
    case 'expired': {
      const free = note.seats.filter((seat) => board.code(seat) === seatCode.free)
      return (
        <Notice tone="bad">
          <p>Your time is up, and the seats went back on sale.</p>
          {free.length > 0 && (
            <button type="button" className="button" onClick={() => cart.choose(free)}>
              Choose {free.length === note.seats.length ? 'them' : `the ${plural(free.length, 'seat')} still free`} again
            </button>
          )}
        </Notice>
      )
    }
    case 'lost':
      return (
        <Notice tone="bad">
          <p>
            <strong>Just taken:</strong> {note.lost.map((seat) => seatName(board.house, seat)).join('; ')}.
          </p>
          {note.proposed.length > 0 ? (
            <>
              <p>
                Nearest free:{' '}
                {note.proposed
                  .map((seat) => `${seatName(board.house, seat)}, ${formatMoney(placeOf(board.house, seat).section.priceCents)}`)
                  .join('; ')}
                .
              </p>
              <div className="notice-actions">
                <button
                  type="button"
                  className="button"
                  onClick={() => {
                    reveal(note.proposed)
                    cart.choose(note.proposed)
                  }}
                >
                  Take {note.proposed.length === 1 ? 'it' : 'them'}
                </button>
                <button type="button" className="button button-quiet" onClick={cart.dismiss}>
                  No, thanks
                </button>
              </div>
            </>
          ) : (
            <p>There is no other free seat left.</p>
          )}
        </Notice>
      )
  }
}
