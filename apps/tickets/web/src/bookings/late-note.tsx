import type { ReactElement } from 'react'
import { Notice } from 'app-kit/web/shell/page.tsx'
import { useLive } from '../api/client.ts'
import type { Booking } from '../api/contract.ts'

/** For those who paid when their time was up, and have their seats all the same. */
export function LateNote({ booking: { showId, bookingId } }: { readonly booking: Booking }): ReactElement | null {
  const checkout = useLive('checkout', { showId, bookingId })
  if (checkout?.isLate !== true) return null
  return (
    <Notice tone="good">Your payment came through when the time was up. The seats were still free, so they are yours all the same.</Notice>
  )
}
