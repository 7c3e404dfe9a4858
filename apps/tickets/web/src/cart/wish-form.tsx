import { useId, useState, type ReactElement } from 'react'
import { formatMoney } from 'app-kit/web/shell/format.ts'
import type { Show } from '../api/contract.ts'
import type { SeatBoard } from '../seats/seat-board.ts'

export interface Wish {
  readonly quantity: number
  readonly section: string | undefined
}

interface WishFormProps {
  readonly show: Show
  readonly board: SeatBoard
  readonly saving: boolean
  readonly title: string
  readonly hint: string
  readonly action: string
  readonly initial?: Wish | undefined
  submit(wish: Wish): void
}

/** So many seats, and where: to be found, or to be waited for. */
export function WishForm({ show, board, saving, title, hint, action, initial, submit: send }: WishFormProps): ReactElement {
  const id = useId()
  const [quantity, setQuantity] = useState(String(initial?.quantity ?? 2))
  const [section, setSection] = useState(initial?.section ?? '')
  const [error, setError] = useState<string>()
  const most = Math.min(20, show.maxSeatsPerCustomer)
  const submit = (event: { preventDefault: () => void }): void => {
    event.preventDefault()
    const count = Number(quantity)
    if (!Number.isInteger(count) || count < 1 || count > most) {
      setError(`Enter a whole number from 1 to ${most}.`)
      document.getElementById(`${id}-quantity`)?.focus()
      return
    }
    setError(undefined)
    if (!saving) send({ quantity: count, section: section === '' ? undefined : section })
  }
  return (
    <form className="best" onSubmit={submit} noValidate>
      <h2>{title}</h2>
      <p className="hint">{hint}</p>
      <div className="best-fields">
        <div className="field">
          <label htmlFor={`${id}-quantity`}>Seats</label>
          <input
            id={`${id}-quantity`}
            inputMode="numeric"
            autoComplete="off"
            value={quantity}
            aria-invalid={error !== undefined}
            aria-describedby={error === undefined ? undefined : `${id}-error`}
            onChange={(event) => setQuantity(event.target.value)}
          />
        </div>
        <div className="field">
          <label htmlFor={`${id}-section`}>Section (optional)</label>
          <select id={`${id}-section`} value={section} onChange={(event) => setSection(event.target.value)}>
            <option value="">Any section</option>
            {board.house.sections.map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}, {formatMoney(one.priceCents)}
              </option>
            ))}
          </select>
        </div>
      </div>
      {error !== undefined && (
        <p className="field-error" id={`${id}-error`} role="alert">
          {error}
        </p>
      )}
      <button type="submit" className="button button-wide" aria-disabled={saving}>
        {action}
      </button>
    </form>
  )
}
