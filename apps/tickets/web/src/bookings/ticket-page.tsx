import type { ReactElement } from 'react'
import { FailedState, PageTitle } from 'app-kit/web/shell/page.tsx'
import { useQuery } from '../api/client.ts'
import { UnknownPage } from '../shell/unknown-page.tsx'
import { LateNote } from './late-note.tsx'
import { RefundNote } from './refund-note.tsx'
import { downloadCalendar } from './download-calendar.ts'
import { Ticket } from './ticket.tsx'
import './bookings.css'

export function TicketPage({ bookingId }: { readonly bookingId: string }): ReactElement {
  const booking = useQuery('booking', { bookingId })
  if (booking.status === 'failed') return <FailedState message={booking.message} retry={booking.reload} />
  if (booking.status === 'loading') {
    return (
      <div className="page ticket-page" aria-busy="true">
        <div className="skeleton skeleton-ticket" />
      </div>
    )
  }
  const { data } = booking
  if (!data) return <UnknownPage what="ticket" />
  const cancelled = data.status === 'cancelled'
  return (
    <div className="page ticket-page">
      <div className="ticket-intro">
        <PageTitle title={cancelled ? 'This booking is cancelled' : 'You’re in'} />
        <p>
          {cancelled
            ? 'The seats went back on sale. The ticket below is no longer valid.'
            : 'Show the code at the door, on your phone or on paper. Anyone with this page’s link can open the ticket, so share it with care.'}
        </p>
        {cancelled ? <RefundNote booking={data} isCancelled /> : <LateNote booking={data} />}
      </div>
      <Ticket booking={data} />
      <div className="ticket-actions">
        <button type="button" className="button button-primary" onClick={() => window.print()}>
          Print ticket
        </button>
        <button type="button" className="button" onClick={() => downloadCalendar(data)}>
          Add to calendar
        </button>
        <a className="button button-quiet" href="#/bookings">
          My bookings
        </a>
      </div>
    </div>
  )
}
