import { useEffect, useRef, useState, type ReactElement } from 'react'
import { announce } from 'app-kit/web/announce/announcer.tsx'
import type { Show } from '../api/contract.ts'
import type { HeldSeats } from './cart-state.ts'
import { clockText, phaseOf, spokenTime, type CountdownPhase } from './countdown.ts'
import { useCountdown } from './use-countdown.ts'
import type { Cart } from './use-cart.ts'

interface HoldTimerProps {
  readonly held: HeldSeats
  readonly show: Show
  readonly cart: Cart
  readonly isPaying: boolean
}

/** The server's deadline as falling water. Never announced each second; near the end a dialog asks, answered with one key. */
export function HoldTimer({ held, show, cart, isPaying }: HoldTimerProps): ReactElement {
  const leftMs = useCountdown(held.untilMs)
  const phase = phaseOf(leftMs, show.holdMs)
  const [answered, setAnswered] = useState(false)
  useEffect(() => {
    if (phase === 'warning') announce(`${spokenTime(leftMs)} left to pay for your seats.`)
    if (phase === 'over') announce('Your time is up. The seats go back on sale.')
    // The time itself changes all the time; only the phase is news.
  }, [phase])
  const ask = phase === 'warning' && !held.extended && !answered
  return (
    <>
      <div className={`timer timer-${phase}`}>
        <p className="timer-text">
          <span className="visually-hidden">Time left: </span>
          <span className="timer-clock" role="timer">
            {clockText(leftMs)}
          </span>
          <span className="timer-label">{timerLabel(phase, isPaying)}</span>
        </p>
        <div className="timer-race" aria-hidden="true">
          <div style={{ transform: `scaleX(${Math.min(1, leftMs / show.holdMs)})` }} />
        </div>
        {!held.extended && (
          <button type="button" className="button" aria-disabled={cart.saving !== undefined || phase === 'over'} onClick={cart.extend}>
            More time
          </button>
        )}
      </div>
      {ask && <MoreTimeDialog leftMs={leftMs} holdMs={show.holdMs} extend={cart.extend} close={() => setAnswered(true)} />}
    </>
  )
}

function timerLabel(phase: CountdownPhase, isPaying: boolean): string {
  if (phase === 'over') return 'asking the box office…'
  if (isPaying) return 'kept for you while you pay'
  return phase === 'warning' ? 'left, then they go back on sale' : 'to pay'
}

interface MoreTimeDialogProps {
  readonly leftMs: number
  readonly holdMs: number
  extend(): void
  close(): void
}

function MoreTimeDialog({ leftMs, holdMs, extend, close }: MoreTimeDialogProps): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    dialog.current?.showModal()
  }, [])
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby="more-time-title" onClose={close}>
      <h2 id="more-time-title">Do you need more time?</h2>
      <p>
        Your seats go back on sale in <strong>{clockText(leftMs)}</strong>. You can keep them for another {spokenTime(holdMs)}, once.
      </p>
      <div className="notice-actions">
        <button
          type="button"
          className="button button-primary"
          autoFocus
          onClick={() => {
            extend()
            dialog.current?.close()
          }}
        >
          More time
        </button>
        <button type="button" className="button button-quiet" onClick={() => dialog.current?.close()}>
          No, go on
        </button>
      </div>
    </dialog>
  )
}
