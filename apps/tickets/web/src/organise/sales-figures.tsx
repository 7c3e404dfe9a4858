import type { ReactElement } from 'react'
import { formatCount, formatMoney } from 'app-kit/web/shell/format.ts'
import type { Sales, SectionSales } from '../api/contract.ts'

interface SalesFiguresProps {
  readonly sales: Sales
  /** People on the waiting list; undefined before it is known. */
  readonly waiting: number | undefined
}

export function SalesFigures({ sales, waiting }: SalesFiguresProps): ReactElement {
  const figures = [
    ['Revenue', formatMoney(sales.revenueCents)],
    ['Sold', `${formatCount(sales.sold)} of ${formatCount(sales.capacity)}`],
    ['On hold', formatCount(sales.held)],
    ['Free', formatCount(sales.free)],
    ['Blocked', formatCount(sales.blocked)],
    ['Bookings', formatCount(sales.bookings)],
    ['Cancelled', formatCount(sales.cancelled)],
    ['Expired holds', formatCount(sales.expiredHolds)],
    ['Waiting list', waiting === undefined ? '…' : formatCount(waiting)],
  ] as const
  return (
    <section aria-labelledby="sales-title" className="sales">
      <h2 id="sales-title" className="visually-hidden">
        Sales
      </h2>
      <dl className="figures figures-big">
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <details className="panel" open={sales.bySection.length <= 8}>
        <summary>Sales by section</summary>
        <div className="table-scroller" tabIndex={0} role="region" aria-label="Sales by section">
          <table>
            <thead>
              <tr>
                <th scope="col">Section</th>
                <th scope="col">Filled</th>
                <th scope="col">Sold</th>
                <th scope="col">On hold</th>
                <th scope="col">Blocked</th>
                <th scope="col">Revenue</th>
              </tr>
            </thead>
            <tbody>
              {sales.bySection.map((section) => (
                <SectionRow key={section.id} section={section} />
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </section>
  )
}

function SectionRow({ section }: { readonly section: SectionSales }): ReactElement {
  const share = section.capacity === 0 ? 0 : section.sold / section.capacity
  return (
    <tr>
      <th scope="row">{section.name}</th>
      <td>
        <span className="meter" aria-hidden="true">
          <span style={{ transform: `scaleX(${share})` }} />
        </span>
        {Math.round(share * 100)} %
      </td>
      <td>
        {formatCount(section.sold)} / {formatCount(section.capacity)}
      </td>
      <td>{formatCount(section.held)}</td>
      <td>{formatCount(section.blocked)}</td>
      <td>{formatMoney(section.revenueCents)}</td>
    </tr>
  )
}
