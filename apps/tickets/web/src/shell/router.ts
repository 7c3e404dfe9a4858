import { toHashParts } from 'app-kit/web/shell/hash-parts.ts'

export type Route =
  | { readonly page: 'events' }
  | { readonly page: 'show'; readonly showId: string }
  | { readonly page: 'ticket'; readonly bookingId: string }
  | { readonly page: 'bookings' }
  | { readonly page: 'organise'; readonly showId: string }
  | { readonly page: 'unknown' }

export function toRoute(hash: string): Route {
  const [page = '', id = '', ...more] = toHashParts(hash)
  if (more.length > 0) return { page: 'unknown' }
  if (page === '' && id === '') return { page: 'events' }
  if (page === 'bookings' && id === '') return { page: 'bookings' }
  if (id === '') return { page: 'unknown' }
  if (page === 'show') return { page, showId: id }
  if (page === 'ticket') return { page, bookingId: id }
  if (page === 'organise') return { page, showId: id }
  return { page: 'unknown' }
}

export const showLink = (showId: string): string => `#/show/${encodeURIComponent(showId)}`
export const ticketLink = (bookingId: string): string => `#/ticket/${encodeURIComponent(bookingId)}`
export const organiseLink = (showId: string): string => `#/organise/${encodeURIComponent(showId)}`
