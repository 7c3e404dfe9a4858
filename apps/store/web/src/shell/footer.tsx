import type { ReactElement } from 'react'
import { useAbout } from '../api/about.ts'

export function Footer(): ReactElement {
  const about = useAbout()
  return (
    <footer className="site-footer">
      <div className="footer-links">
        <a href="#/look-up">Find an order</a>
        <a href="#/staff">Staff</a>
        {typeof about?.paymentsPage === 'string' && (
          <a href={about.paymentsPage} target="_blank" rel="noreferrer">
            Payment provider
          </a>
        )}
        <a href="/docs">API</a>
      </div>
      <p>Millrace Goods is an example shop of Millrace, CQRS on Kafka for TypeScript. Nothing is charged, and nothing is sent.</p>
    </footer>
  )
}
