import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Booking } from '../api/contract.ts'
import { toCalendar } from './calendar.ts'

const booking: Booking = {
  bookingId: '7K3Q-9XWD',
  showId: 'theatre',
  title: 'Much Ado; or, Nothing',
  venue: 'Grand Weir, Utrecht',
  startsAt: '2027-01-05T19:30:00.000Z',
  customerId: 'c',
  seats: [{ seat: 'A-3-12', section: 'Stalls', priceCents: 6500 }],
  totalCents: 6500,
  status: 'confirmed',
  confirmedAtMs: 0,
}

test('writes times in UTC and escapes what the format uses itself', () => {
  const text = toCalendar(booking, 'https://x.example/#/ticket/7K3Q-9XWD', Date.parse('2026-11-23T21:00:00Z'))
  assert.match(text, /\r\nDTSTAMP:20261123T210000Z\r\nDTSTART:20270105T193000Z\r\nDTEND:20270105T220000Z\r\n/)
  assert.ok(text.includes('SUMMARY:Much Ado\\; or\\, Nothing\r\n'))
  assert.ok(text.endsWith('END:VCALENDAR\r\n'))
})

test('no line is longer than 75 octets, also with letters of two octets', () => {
  const text = toCalendar({ ...booking, title: 'Ünïcödé '.repeat(20) }, 'https://x.example/', 0)
  for (const line of text.split('\r\n')) assert.ok(new TextEncoder().encode(line).length <= 75, line)
})
