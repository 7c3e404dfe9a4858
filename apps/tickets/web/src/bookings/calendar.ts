import type { Booking } from '../api/contract.ts'

const DURATION_MS = 2.5 * 3_600_000

/** An iCalendar file (RFC 5545) with the one event of a booking. The end is a guess: shows have no end time. */
export function toCalendar(booking: Booking, link: string, nowMs: number): string {
  const startMs = Date.parse(booking.startsAt)
  const seats = booking.seats.map(({ seat, section }) => `${section} ${seat.split('-').slice(1).join('/')}`).join(', ')
  return [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Millrace//Tickets//EN',
    'BEGIN:VEVENT',
    `UID:${booking.bookingId}@millrace-tickets`,
    `DTSTAMP:${stamp(nowMs)}`,
    `DTSTART:${stamp(startMs)}`,
    `DTEND:${stamp(startMs + DURATION_MS)}`,
    `SUMMARY:${escape(booking.title)}`,
    `LOCATION:${escape(booking.venue)}`,
    `DESCRIPTION:${escape(`Booking ${booking.bookingId}\nSeats (row/seat): ${seats}\n${link}`)}`,
    `URL:${link}`,
    ...(booking.status === 'cancelled' ? ['STATUS:CANCELLED'] : []),
    'END:VEVENT',
    'END:VCALENDAR',
    '',
  ]
    .map(fold)
    .join('\r\n')
}

const stamp = (ms: number): string => new Date(ms).toISOString().replace(/[-:]|\.\d{3}/g, '')
const escape = (text: string): string => text.replace(/[\\;,]/g, '\\$&').replace(/\n/g, '\\n')

/** Lines are at most 75 octets; a continued line starts with a space. */
function fold(line: string): string {
  const encoder = new TextEncoder()
  let result = ''
  let width = 0
  for (const character of line) {
    const octets = encoder.encode(character).length
    if (width + octets > 75) {
      result += '\r\n '
      width = 1
    }
    result += character
    width += octets
  }
  return result
}
