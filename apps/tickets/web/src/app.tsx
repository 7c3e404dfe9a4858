import { useEffect, useState, type MouseEvent, type ReactElement } from 'react'
import { Announcer } from './announce/announcer.tsx'
import { BookingsPage } from './bookings/bookings-page.tsx'
import { TicketPage } from './bookings/ticket-page.tsx'
import { EventsPage } from './events/events-page.tsx'
import { FlowDrawer } from './flow-drawer/flow-drawer.tsx'
import { OrganisePage } from './organise/organise-page.tsx'
import { ConnectionNote } from './shell/connection-note.tsx'
import { Footer } from './shell/footer.tsx'
import { Header } from './shell/header.tsx'
import { noteNavigation } from './shell/page.tsx'
import { toRoute, type Route } from './shell/router.ts'
import { UnknownPage } from './shell/unknown-page.tsx'
import { ShowPage } from './show/show-page.tsx'

function useRoute(): Route {
  const [hash, setHash] = useState(window.location.hash)
  useEffect(() => {
    const onChange = (): void => {
      noteNavigation()
      setHash(window.location.hash)
      window.scrollTo(0, 0)
    }
    window.addEventListener('hashchange', onChange)
    return () => window.removeEventListener('hashchange', onChange)
  }, [])
  return toRoute(hash)
}

function skipToMain(event: MouseEvent): void {
  event.preventDefault() // the hash is the route
  const main = document.getElementById('main')
  main?.focus()
  main?.scrollIntoView()
}

export function App(): ReactElement {
  const route = useRoute()
  return (
    <>
      <a className="skip-link" href="#main" onClick={skipToMain}>
        Skip to content
      </a>
      <Header route={route} />
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
