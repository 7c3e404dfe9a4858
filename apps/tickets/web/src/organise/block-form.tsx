import { useId, useState, type ReactElement } from 'react'
import { announce } from 'app-kit/web/announce/announcer.tsx'
import { plural } from 'app-kit/web/shell/format.ts'
import { Notice } from 'app-kit/web/shell/page.tsx'
import { failureSentence } from 'app-kit/web/api/failure-sentence.ts'
import { detailsOf } from '../api/receipt.ts'
import { sendCommand, type Receipt } from '../api/client.ts'
import { refusalSentence } from '../cart/refusals.ts'
import { fromSeatId, toSeatId } from '../seats/house.ts'
import type { SeatBoard } from '../seats/seat-board.ts'
import { seatCode } from '../seats/seat-code.ts'
import { groupSeats, seatName } from '../seats/seat-names.ts'
import { useBoardVersion } from '../seats/use-seat-board.ts'

/** Takes the chosen free seats off sale with a reason, or puts the chosen blocked ones back. */
export function BlockForm({ showId, board }: { readonly showId: string; readonly board: SeatBoard }): ReactElement {
  useBoardVersion(board)
  const id = useId()
  const [reason, setReason] = useState('')
  const [reasonError, setReasonError] = useState<string>()
  const [refusal, setRefusal] = useState<string>()
  const [saving, setSaving] = useState(false)
  const chosen = board.selected
  const free = chosen.filter((seat) => board.serverCode(seat) === seatCode.free)
  const blocked = chosen.filter((seat) => board.serverCode(seat) === seatCode.blocked)

  const change = async (
    seats: readonly number[],
    send: (ids: string[]) => Promise<{ receipt: Receipt }>,
    code: 0 | 3,
    done: string,
  ): Promise<void> => {
    if (saving || seats.length === 0) return
    setSaving(true)
    setRefusal(undefined)
    try {
      const { receipt } = await send(seats.map((seat) => toSeatId(board.house, seat)))
      if (receipt.outcome === 'accepted') {
        board.note(seats, code)
        board.deselect(seats)
        announce(`${plural(seats.length, 'seat')} ${done}.`)
      } else if (receipt.outcome === 'rejected') {
        const details = detailsOf(receipt)
        const which = (details.seats ?? (details.seat === undefined ? [] : [details.seat])).map((one) =>
          seatName(board.house, fromSeatId(board.house, one)),
        )
        setRefusal(`${refusalSentence(receipt.code, details)} ${which.join('; ')}`)
      } else setRefusal('This could not be decided. Nothing has changed; please try again.')
    } catch (error) {
      setRefusal(failureSentence(error))
    } finally {
      setSaving(false)
    }
  }
  const block = (event: { preventDefault: () => void }): void => {
    event.preventDefault()
    if (reason.trim() === '') {
      setReasonError('Say why, so that colleagues know.')
      document.getElementById(id)?.focus()
      return
    }
    setReasonError(undefined)
    void change(free, (seats) => sendCommand('BlockSeats', { showId, seats, reason: reason.trim() }), seatCode.blocked, 'taken off sale')
  }

  return (
    <section className="cart" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>Chosen seats</h2>
      {refusal !== undefined && (
        <Notice tone="bad" role="alert">
          {refusal}
        </Notice>
      )}
      {chosen.length === 0 ? (
        <p className="cart-empty">Choose free seats to take them off sale, or blocked ones to put them back.</p>
      ) : (
        <ul className="bill">
          {groupSeats(board.house, chosen).map((group) => (
            <li key={group.seats[0]}>
              <span className="bill-seat">
                <strong>
                  Row {group.row}, {group.seats.length === 1 ? 'seat' : 'seats'} {group.numbers}
                </strong>
                <span>{group.section}</span>
              </span>
            </li>
          ))}
        </ul>
      )}
      <form className="block-form" onSubmit={block} noValidate>
        <div className="field">
          <label htmlFor={id}>Reason</label>
          <input
            id={id}
            value={reason}
            maxLength={200}
            autoComplete="off"
            aria-invalid={reasonError !== undefined}
            aria-describedby={reasonError === undefined ? undefined : `${id}-error`}
            onChange={(event) => setReason(event.target.value)}
          />
        </div>
        {reasonError !== undefined && (
          <p className="field-error" id={`${id}-error`} role="alert">
            {reasonError}
          </p>
        )}
        <button type="submit" className="button button-primary button-wide" aria-disabled={saving || free.length === 0}>
          {free.length === 0 ? 'Block seats' : `Block ${plural(free.length, 'free seat')}`}
        </button>
      </form>
      <button
        type="button"
        className="button button-wide"
        aria-disabled={saving || blocked.length === 0}
        onClick={() => void change(blocked, (seats) => sendCommand('UnblockSeats', { showId, seats }), seatCode.free, 'put back on sale')}
      >
        {blocked.length === 0 ? 'Put seats back on sale' : `Put ${plural(blocked.length, 'blocked seat')} back on sale`}
      </button>
    </section>
  )
}
