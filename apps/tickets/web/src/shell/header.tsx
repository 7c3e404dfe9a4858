import type { ReactElement } from 'react'
import { toggleDrawer, drawerOpen } from 'app-kit/web/flow-drawer/drawer-store.ts'
import { useStore } from 'app-kit/web/shell/store.ts'
import { ThemeToggle } from 'app-kit/web/shell/theme-toggle.tsx'
import { LogoMark } from './logo.tsx'
import type { Route } from './router.ts'

export function Header({ route }: { readonly route: Route }): ReactElement {
  const open = useStore(drawerOpen)
  return (
    <header className="site-header">
      <div className="site-header-inner">
        <a className="logo" href="#/">
          <LogoMark />
          <span className="logo-name">
            Millrace <span className="logo-sub">Tickets</span>
          </span>
        </a>
        <nav aria-label="Main">
          <a href="#/" aria-current={route.page === 'events' ? 'page' : undefined}>
            What’s on
          </a>
          <a href="#/bookings" aria-current={route.page === 'bookings' ? 'page' : undefined}>
            My bookings
          </a>
        </nav>
        <div className="site-header-tools">
          <button type="button" className="header-button" aria-expanded={open} aria-controls="flow-drawer" onClick={toggleDrawer}>
            How it works
          </button>
          <ThemeToggle />
        </div>
      </div>
    </header>
  )
}
