import { useEffect, useState, type ReactElement } from 'react'
import { announce } from 'app-kit/web/announce/announcer.tsx'
import { plural } from 'app-kit/web/shell/format.ts'
import { useLive } from '../api/client.ts'
import { clockText, spokenTime } from '../cart/countdown.ts'
import { useCountdown } from '../cart/use-countdown.ts'
import { showLink } from '../shell/router.ts'
import { onSaved, savedShows, useSavedId } from '../shell/saved-ids.ts'
import './waiting.css'

/** On every page: seats that were offered to this browser, and until when they are held. */
export function OfferBanners(): ReactElement {
  const [shows, setShows] = useState(() => savedShows('waiter'))
  useEffect(() => onSaved(() => setShows(savedShows('waiter'))), [])
  return (
    <>
      {shows.map((showId) => (
        <Offer key={showId} showId={showId} />
      ))}
    </>
  )
}

function Offer({ showId }: { readonly showId: string }): ReactElement | null {
  const waiterId = useSavedId('waiter', showId)
  const waiter = useLive('waiter', waiterId === null ? undefined : { showId, waiterId })
  const isOffered = waiter?.status === 'offered'
  const hold = useLive('hold', isOffered ? { holdId: waiter.waiterId } : undefined)
  const leftMs = useCountdown(hold?.untilMs)
  const isHeld = isOffered && hold?.status === 'held'
  const seats = hold?.seats.length ?? 0
  /** Who has begun to pay has noticed: no need to stay in the way. */
  const isNoticed = useSavedId('checkout', showId) !== null
  useEffect(() => {
    if (isHeld) announce(`Seats for you: ${plural(seats, 'seat')} held for ${spokenTime(leftMs)}. Pay for them to keep them.`)
    // Once for each offer, not each second.
  }, [isHeld, seats])
  if (!isHeld || leftMs === 0) return null
  return (
    <aside className={isNoticed ? 'offer-banner' : 'offer-banner offer-banner-new'} aria-label="Seats offered to you">
      <strong>{seats === 1 ? 'A seat for you!' : `${plural(seats, 'seat')} for you!`}</strong>
      <span>
        Held for <b>{clockText(leftMs)}</b>, then offered to the next.
      </span>
      <a href={showLink(showId)} onClick={toCart}>
        See and pay
      </a>
    </aside>
  )
}

/** On the show's own page the link changes nothing: the cart is where to go. */
function toCart(): void {
  const title = document.getElementById('cart-title')
  title?.scrollIntoView({ block: 'center' })
  title?.focus({ preventScroll: true })
}
