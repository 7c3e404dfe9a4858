import { useEffect, useRef, useState, type ReactElement } from 'react'
import { formatDate, formatMoney, formatTime } from 'app-kit/web/shell/format.ts'
import type { Booking } from '../api/contract.ts'
import { ticketLink } from '../shell/router.ts'
import { bookedRows } from './booked-rows.ts'
import { RefundNote } from './refund-note.tsx'

interface BookingRowProps {
  readonly booking: Booking
  readonly cancelled: boolean
  cancel(booking: Booking): Promise<void>
}

export function BookingRow({ booking, cancelled, cancel }: BookingRowProps): ReactElement {
  const [step, setStep] = useState<'idle' | 'asking' | 'sending'>('idle')
  const keep = useRef<HTMLButtonElement>(null)
  useEffect(() => {
    if (step === 'asking') keep.current?.focus()
  }, [step])
  const seats = bookedRows(booking.seats).map(
    ({ section, row, numbers, count }) => `${section}, row ${row}, ${count === 1 ? 'seat' : 'seats'} ${numbers}`,
  )
  return (
    <li className={cancelled ? 'booking booking-cancelled' : 'booking'}>
      <div className="booking-text">
        <h2>
          <a href={ticketLink(booking.bookingId)}>{booking.title}</a>
        </h2>
        <p>
          {formatDate(booking.startsAt)}, {formatTime(booking.startsAt)}; {booking.venue}
        </p>
        <p>{seats.join('; ')}</p>
        <p className="booking-reference">{booking.bookingId}</p>
      </div>
      <div className="booking-side">
        <p className="booking-total">{formatMoney(booking.totalCents)}</p>
        {(cancelled || step !== 'idle') && <RefundNote booking={booking} isCancelled={cancelled} />}
        {cancelled ? (
          <p className="badge">Cancelled</p>
        ) : step === 'idle' ? (
          <button type="button" className="button button-quiet" onClick={() => setStep('asking')}>
            Cancel booking
          </button>
        ) : (
          <div className="booking-ask" role="group" aria-label="Cancel this booking?">
            <button
              ref={keep}
              type="button"
              className="button"
              aria-disabled={step === 'sending'}
              onClick={() => step === 'asking' && setStep('idle')}
            >
              Keep it
            </button>
            <button
              type="button"
              className="button button-danger"
              aria-disabled={step === 'sending'}
              onClick={() => {
                if (step === 'sending') return
                setStep('sending')
                void cancel(booking).finally(() => setStep('idle'))
              }}
            >
              {step === 'sending' ? 'Cancelling…' : 'Yes, cancel'}
            </button>
          </div>
        )}
      </div>
    </li>
  )
}
