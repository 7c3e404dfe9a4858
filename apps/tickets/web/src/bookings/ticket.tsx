import type { ReactElement } from 'react'
import { formatDate, formatMoney, formatTime, plural } from 'app-kit/web/shell/format.ts'
import type { Booking } from '../api/contract.ts'
import { Poster } from '../poster/poster.tsx'
import { bookedRows } from './booked-rows.ts'
import { ticketUrl } from './download-calendar.ts'
import { QrCode } from './qr-code.tsx'

/** The paper itself: what it admits to on the left, the stub with the code on the right. */
export function Ticket({ booking }: { readonly booking: Booking }): ReactElement {
  const cancelled = booking.status === 'cancelled'
  return (
    <article className={cancelled ? 'ticket ticket-cancelled' : 'ticket'} aria-label={`Ticket for ${booking.title}`}>
      <div className="ticket-art">
        <Poster seed={booking.showId} width={900} height={180} lines={20} />
      </div>
      <div className="ticket-body">
        <p className="ticket-date">
          {formatDate(booking.startsAt)}, {formatTime(booking.startsAt)}
        </p>
        <h2>{booking.title}</h2>
        <p className="ticket-venue">{booking.venue}</p>
        <ul className="ticket-seats">
          {bookedRows(booking.seats).map(({ section, row, numbers, count }) => (
            <li key={`${section} ${row}`}>
              <span>{section}</span>
              <span>
                <small>Row</small> {row}
              </span>
              <span>
                <small>{count === 1 ? 'Seat' : 'Seats'}</small> {numbers}
              </span>
            </li>
          ))}
        </ul>
        <p className="ticket-total">
          Admits {booking.seats.length === 1 ? 'one' : plural(booking.seats.length, 'person', 'people')}, {formatMoney(booking.totalCents)}{' '}
          paid
        </p>
      </div>
      <div className="ticket-stub">
        {cancelled ? (
          <p className="ticket-void">Cancelled</p>
        ) : (
          <QrCode text={ticketUrl(booking.bookingId)} label="QR code of this ticket" />
        )}
        <p className="ticket-reference">
          <small>Booking</small>
          <span>{booking.bookingId}</span>
        </p>
      </div>
    </article>
  )
}
