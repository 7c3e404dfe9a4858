import type { ReactElement } from 'react'
import { Announcer } from 'app-kit/web/announce/announcer.tsx'
import { FlowDrawer } from 'app-kit/web/flow-drawer/flow-drawer.tsx'
import { ConnectionNote } from 'app-kit/web/shell/connection-note.tsx'
import { skipToMain, useHash } from 'app-kit/web/shell/hash-route.ts'
import { BookingsPage } from './bookings/bookings-page.tsx'
import { TicketPage } from './bookings/ticket-page.tsx'
import { EventsPage } from './events/events-page.tsx'
import { OrganisePage } from './organise/organise-page.tsx'
import { Footer } from './shell/footer.tsx'
import { Header } from './shell/header.tsx'
import { toRoute, type Route } from './shell/router.ts'
import { UnknownPage } from './shell/unknown-page.tsx'
import { ShowPage } from './show/show-page.tsx'
import { OfferBanners } from './waiting/offer-banner.tsx'

export function App(): ReactElement {
  const route = toRoute(useHash())
  return (
    <>
      <a className="skip-link" href="#main" onClick={skipToMain}>
        Skip to content
      </a>
      <Header route={route} />
      <OfferBanners />
      <main id="main" tabIndex={-1}>
        <Page route={route} />
      </main>
      <FlowDrawer />
      <Footer />
      <ConnectionNote />
      <Announcer />
    </>
  )
}

function Page({ route }: { readonly route: Route }): ReactElement {
  switch (route.page) {
    case 'events':
      return <EventsPage />
    case 'show':
      return <ShowPage key={route.showId} showId={route.showId} />
    case 'ticket':
      return <TicketPage key={route.bookingId} bookingId={route.bookingId} />
    case 'bookings':
      return <BookingsPage />
    case 'organise':
      return <OrganisePage key={route.showId} showId={route.showId} />
    case 'unknown':
      return <UnknownPage />
  }
}
