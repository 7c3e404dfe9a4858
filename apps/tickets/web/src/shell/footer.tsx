import { useEffect, useState, type ReactElement } from 'react'

export function Footer(): ReactElement {
  const paymentsPage = usePaymentsPage()
  return (
    <footer className="site-footer">
      <p>
        Millrace Tickets is the example shop of Millrace, CQRS on Kafka for TypeScript. Nothing is charged, and no seat is real.{' '}
        {paymentsPage !== undefined && (
          <a href={paymentsPage} target="_blank" rel="noreferrer">
            The play payment provider
          </a>
        )}
      </p>
    </footer>
  )
}

/** Where one can watch the provider, and tell it how to treat the next payments; undefined where it has no page. */
function usePaymentsPage(): string | undefined {
  const [page, setPage] = useState<string>()
  useEffect(() => {
    fetch('/about', { cache: 'no-store' })
      .then(async (response) => {
        const { paymentsPage } = (await response.json()) as { readonly paymentsPage?: unknown }
        if (typeof paymentsPage === 'string') setPage(paymentsPage)
      })
      // Not reachable: then there is no link.
      .catch(() => undefined)
  }, [])
  return page
}
