import { useEffect, useRef, type ReactElement } from 'react'
import { plural } from 'app-kit/web/shell/format.ts'
import { Notice } from 'app-kit/web/shell/page.tsx'
import type { Show } from '../api/contract.ts'
import { spokenTime } from '../cart/countdown.ts'
import { WishForm, type Wish } from '../cart/wish-form.tsx'
import type { SeatBoard } from '../seats/seat-board.ts'
import { placeSentence } from './place-words.ts'
import type { WaitingDesk } from './use-waiting.ts'
import './waiting.css'

interface WaitingPanelProps {
  readonly show: Show
  readonly board: SeatBoard
  readonly waiting: WaitingDesk
  /** What could not be had; undefined where nothing was asked for. */
  readonly wish: Wish | undefined
  /** Whether one may join without having asked: nothing at all is free. */
  readonly isSoldOut: boolean
}

/** An offer lasts so many times as long as a hold. */
const OFFER_HOLDS = 2

export function WaitingPanel({ show, board, waiting, wish, isSoldOut }: WaitingPanelProps): ReactElement | null {
  const { waiter, problem } = waiting
  const heading = useRef<HTMLHeadingElement>(null)
  const status = waiter?.status
  const before = useRef(status)
  useEffect(() => {
    // The form or button that was used is gone now.
    if (before.current !== status && document.activeElement === document.body) heading.current?.focus({ preventScroll: true })
    before.current = status
  }, [status])

  if (waiter?.status === 'waiting') {
    const section = board.house.sections.find(({ id }) => id === waiter.section)?.name
    return (
      <section className="waiting" aria-labelledby="waiting-title">
        <h2 id="waiting-title" ref={heading} tabIndex={-1}>
          You are on the waiting list
        </h2>
        <p className="waiting-place">{placeSentence(waiter.before)}</p>
        <p>
          For {plural(waiter.quantity, 'seat')}
          {section === undefined ? ', in any section' : ` in ${section}`}.
        </p>
        <p className="hint">
          When seats are given back they are held for you, for {spokenTime(OFFER_HOLDS * show.holdMs)}. This browser tells you, on any page
          of the box office: nobody writes to you.
        </p>
        {problem !== undefined && <Notice tone="bad">{problem}</Notice>}
        <button type="button" className="button" aria-disabled={waiting.isSaving} onClick={() => !waiting.isSaving && waiting.leave()}>
          Leave the waiting list
        </button>
      </section>
    )
  }
  const isMissed = waiter?.status === 'missed'
  if (!isMissed && !isSoldOut && wish === undefined) return null
  if (waiter?.status === 'offered') return null
  return (
    <div className="waiting-join">
      {isMissed && (
        <Notice tone="bad">
          <p>
            <strong>You were offered {plural(waiter.quantity, 'seat')}, but the time ran out.</strong> They were offered to whoever waited
            next.
          </p>
          <button type="button" className="button button-quiet" onClick={waiting.close}>
            Close
          </button>
        </Notice>
      )}
      {problem !== undefined && (
        <Notice tone="bad" role="alert">
          {problem}
        </Notice>
      )}
      {(isSoldOut || wish !== undefined) && (
        <WishForm
          key={`${wish?.quantity ?? ''} ${wish?.section ?? ''}`}
          show={show}
          board={board}
          saving={waiting.isSaving}
          title={isSoldOut ? 'Sold out: wait for seats' : 'Wait for seats'}
          hint="Seats that are given back are offered to whoever has waited longest, and held for them for a while."
          action={isMissed ? 'Wait once more' : 'Join the waiting list'}
          initial={wish}
          submit={waiting.join}
        />
      )}
    </div>
  )
}
