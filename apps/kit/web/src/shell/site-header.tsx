import type { ReactElement } from 'react'
import { drawerOpen, toggleDrawer } from '../flow-drawer/drawer-store.ts'
import { LogoMark } from './logo.tsx'
import { useStore } from './store.ts'
import { ThemeToggle } from './theme-toggle.tsx'

export interface SiteLink {
  readonly href: string
  readonly label: string
  readonly isCurrent: boolean
}

/** The head of every page: name, links, "How it works", and light or dark. `name`: what stands after Millrace. */
export function SiteHeader({ name, links }: { readonly name: string; readonly links: readonly SiteLink[] }): ReactElement {
  const open = useStore(drawerOpen)
  return (
    <header className="site-header">
      <div className="site-header-inner">
        <a className="logo" href="#/">
          <LogoMark />
          <span className="logo-name">
            Millrace <span className="logo-sub">{name}</span>
          </span>
        </a>
        <nav aria-label="Main">
          {links.map(({ href, label, isCurrent }) => (
            <a key={href} href={href} aria-current={isCurrent ? 'page' : undefined}>
              {label}
            </a>
          ))}
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
