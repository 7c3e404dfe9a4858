import type { ReactElement } from 'react'

export function Footer(): ReactElement {
  return (
    <footer className="site-footer">
      <p>Millrace Tickets is the example shop of Millrace, CQRS on Kafka for TypeScript. Nothing is charged, and no seat is real.</p>
    </footer>
  )
}
