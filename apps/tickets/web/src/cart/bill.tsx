import type { ReactElement } from 'react'
import { formatMoney, plural } from 'app-kit/web/shell/format.ts'
import type { House } from '../seats/house.ts'
import { groupSeats, totalCents } from '../seats/seat-names.ts'

export function Bill({
  house,
  seats,
  remove,
}: {
  readonly house: House
  readonly seats: readonly number[]
  readonly remove?: ((seats: readonly number[]) => void) | undefined
}): ReactElement {
  return (
    <>
      <ul className="bill">
        {groupSeats(house, seats).map((group) => (
          <li key={group.seats[0]}>
            <span className="bill-seat">
              <strong>
                Row {group.row}, {group.seats.length === 1 ? 'seat' : 'seats'} {group.numbers}
              </strong>
              <span>{group.section}</span>
            </span>
            <span className="bill-price">{formatMoney(group.totalCents)}</span>
            {remove && (
              <button
                type="button"
                className="icon-button"
                aria-label={`Remove row ${group.row}, ${group.seats.length === 1 ? 'seat' : 'seats'} ${group.numbers}`}
                onClick={() => remove(group.seats)}
              >
                <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
                  <path d="M7 7l10 10M17 7 7 17" stroke="currentColor" strokeWidth="2.2" strokeLinecap="round" />
                </svg>
              </button>
            )}
          </li>
        ))}
      </ul>
      <p className="bill-total">
        <span>{plural(seats.length, 'seat')}</span>
        <strong>{formatMoney(totalCents(house, seats))}</strong>
      </p>
    </>
  )
}
