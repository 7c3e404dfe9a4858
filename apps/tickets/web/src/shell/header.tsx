import type { ReactElement } from 'react'
import { SiteHeader } from 'app-kit/web/shell/site-header.tsx'
import type { Route } from './router.ts'

export function Header({ route }: { readonly route: Route }): ReactElement {
  const links = [
    { href: '#/', label: 'What’s on', isCurrent: route.page === 'events' },
    { href: '#/bookings', label: 'My bookings', isCurrent: route.page === 'bookings' },
  ]
  return <SiteHeader name="Tickets" links={links} />
}
