import type { ReactElement } from 'react'
import { formatCount, formatMoney, plural } from 'app-kit/web/shell/format.ts'
import type { SeatBoard } from '../seats/seat-board.ts'
import { useBoardVersion } from '../seats/use-seat-board.ts'

/** One line per price: which sections it buys and how many seats are left of it. */
export function PriceZones({ board }: { readonly board: SeatBoard }): ReactElement {
  useBoardVersion(board)
  const { house } = board
  return (
    <section aria-labelledby="zones-title" className="zones">
      <h2 id="zones-title" className="visually-hidden">
        Prices
      </h2>
      <ul>
        {house.pricesCents.map((priceCents, zone) => {
          const sections = house.sections.filter((section) => section.zone === zone)
          const free = sections.reduce((sum, section) => sum + board.countsOf(section.index).free, 0)
          const first = sections[0]?.name ?? ''
          const last = sections.at(-1)?.name ?? ''
          return (
            <li key={priceCents} className={`zone-card zone-${zone % 6}`}>
              <span className="zone-price">{formatMoney(priceCents)}</span>
              <span className="zone-name">
                {sections.length <= 3
                  ? sections.map((section) => section.name).join(', ')
                  : `${first} to ${last}, ${plural(sections.length, 'section')}`}
              </span>
              <span className="zone-free">{free === 0 ? 'sold out' : `${formatCount(free)} free`}</span>
            </li>
          )
        })}
      </ul>
    </section>
  )
}
