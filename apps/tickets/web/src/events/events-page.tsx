import type { ReactElement } from 'react'
import { formatCount, formatDate, formatDay, formatMonth, formatPrices, formatTime, formatWeekday } from 'app-kit/web/shell/format.ts'
import { PageTitle } from 'app-kit/web/shell/page.tsx'
import type { Show } from '../api/contract.ts'
import { useLive } from '../api/client.ts'
import { Poster } from '../poster/poster.tsx'
import { showLink } from '../shell/router.ts'
import { WaterGauge } from './water-gauge.tsx'
import './events.css'

export function EventsPage(): ReactElement {
  const shows = useLive('shows', {})
  const sorted = shows && [...shows].sort((a, b) => a.startsAt.localeCompare(b.startsAt))
  return (
    <div className="page">
      <div className="programme-head">
        <PageTitle title="What’s on" />
        <p>Every seat on these pages is live. Choose one and it is yours while you decide.</p>
      </div>
      {sorted?.length === 0 ? (
        <div className="empty-state">
          <p className="empty-title">No shows yet</p>
          <p>As soon as an organiser schedules one, it appears here by itself.</p>
        </div>
      ) : (
        <ul className="programme" aria-busy={!sorted}>
          {sorted
            ? sorted.map((show) => <EventRow key={show.showId} show={show} />)
            : [0, 1, 2].map((row) => <li key={row} className="event-row skeleton" />)}
        </ul>
      )}
    </div>
  )
}

function EventRow({ show }: { readonly show: Show }): ReactElement {
  const soldOut = show.free === 0
  return (
    <li className="event-row">
      <p className="event-date">
        <span className="visually-hidden">{formatDate(show.startsAt)}</span>
        <span aria-hidden="true" className="event-weekday">
          {formatWeekday(show.startsAt)}
        </span>
        <span aria-hidden="true" className="event-day">
          {formatDay(show.startsAt)}
        </span>
        <span aria-hidden="true" className="event-month">
          {formatMonth(show.startsAt)}
        </span>
      </p>
      <div className="event-text">
        <h2>
          <a href={showLink(show.showId)}>{show.title}</a>
        </h2>
        <p className="event-venue">
          {show.venue}, {formatTime(show.startsAt)}
        </p>
        <p className="event-price">{formatPrices(show.fromCents, show.toCents)}</p>
        <WaterGauge free={show.free} capacity={show.capacity} />
        <p className="event-free">
          {soldOut
            ? 'Sold out; returned seats appear here at once'
            : `${formatCount(show.free)} of ${formatCount(show.capacity)} seats left`}
        </p>
      </div>
      <div className="event-poster">
        <Poster seed={show.showId} />
      </div>
    </li>
  )
}
