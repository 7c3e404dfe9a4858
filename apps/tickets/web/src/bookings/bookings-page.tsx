import { useState, type ReactElement } from 'react'
import { announce } from 'app-kit/web/announce/announcer.tsx'
import { FailedState, Notice, PageTitle } from 'app-kit/web/shell/page.tsx'
import type { Booking } from '../api/contract.ts'
import { detailsOf } from '../api/receipt.ts'
import { sendCommand, useQuery } from '../api/client.ts'
import { refusalSentence } from '../cart/refusals.ts'
import { customerId } from '../shell/identity.ts'
import { BookingRow } from './booking-row.tsx'
import './bookings.css'

export function BookingsPage(): ReactElement {
  const bookings = useQuery('bookingsOf', { customerId: customerId() })
  /** Cancelled by us; the answer is known before the read model repeats it. */
  const [cancelled, setCancelled] = useState<ReadonlySet<string>>(new Set())
  const [error, setError] = useState<string>()

  const cancel = async (booking: Booking): Promise<void> => {
    setError(undefined)
    try {
      const { receipt } = await sendCommand('CancelBooking', { showId: booking.showId, bookingId: booking.bookingId })
      if (receipt.outcome === 'rejected') setError(refusalSentence(receipt.code, detailsOf(receipt)))
      else if (receipt.outcome === 'accepted') {
        setCancelled((before) => new Set(before).add(booking.bookingId))
        announce(`${booking.title} is cancelled. The seats are back on sale, and your money goes back.`)
      } else setError('The box office could not decide this. Your booking stands; please try again.')
      bookings.reload()
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure))
    }
  }

  return (
    <div className="page">
      <div className="programme-head">
        <PageTitle title="My bookings" />
        <p>Made in this browser. Nobody has to log in here, so another device doesn’t know them; a ticket’s link works everywhere.</p>
      </div>
      {error !== undefined && (
        <Notice tone="bad" role="alert">
          {error}
        </Notice>
      )}
      {bookings.status === 'failed' && <FailedState message={bookings.message} retry={bookings.reload} />}
      {bookings.status === 'loading' && (
        <ul className="bookings" aria-busy="true">
          {[0, 1].map((row) => (
            <li key={row} className="booking skeleton" />
          ))}
        </ul>
      )}
      {bookings.status === 'ready' && bookings.data.length === 0 && (
        <div className="empty-state">
          <p className="empty-title">Nothing booked yet</p>
          <p>Your tickets will be kept here.</p>
          <a className="button button-primary" href="#/">
            See what’s on
          </a>
        </div>
      )}
      {bookings.status === 'ready' && bookings.data.length > 0 && (
        <ul className="bookings">
          {bookings.data.map((booking) => (
            <BookingRow
              key={booking.bookingId}
              booking={booking}
              cancelled={booking.status === 'cancelled' || cancelled.has(booking.bookingId)}
              cancel={cancel}
            />
          ))}
        </ul>
      )}
    </div>
  )
}
