import type { Booking } from '../api/contract.ts'
import { ticketLink } from '../shell/router.ts'
import { toCalendar } from './calendar.ts'

export const ticketUrl = (bookingId: string): string => `${window.location.origin}${window.location.pathname}${ticketLink(bookingId)}`

export function downloadCalendar(booking: Booking): void {
  const file = new Blob([toCalendar(booking, ticketUrl(booking.bookingId), Date.now())], { type: 'text/calendar' })
  const url = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = url
  link.download = `ticket-${booking.bookingId}.ics`
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
