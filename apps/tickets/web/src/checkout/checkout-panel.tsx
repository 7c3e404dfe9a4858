import { useEffect, useState, type ReactElement } from 'react'
import { formatMoney } from 'app-kit/web/shell/format.ts'
import { Notice } from 'app-kit/web/shell/page.tsx'
import { CardChoice } from 'app-kit/web/payment/card-choice.tsx'
import { CARDS } from 'app-kit/web/payment/cards.ts'
import type { HeldSeats } from '../cart/cart-state.ts'
import { isUnderWay, type Phase } from './phase.ts'
import { refundSentence } from './refund-words.ts'
import type { CheckoutDesk } from './use-checkout.ts'
import './checkout.css'

interface CheckoutPanelProps {
  readonly checkout: CheckoutDesk
  /** The hold as it is now: it may end while it is being paid for. */
  readonly held: HeldSeats | undefined
  readonly totalCents: number
}

/** From choosing a card to knowing what became of the money. */
export function CheckoutPanel({ checkout, held, totalCents }: CheckoutPanelProps): ReactElement {
  const { phase, isSending, problem } = checkout
  /** A card that was declined for earlier seats says nothing of these. */
  const isOfThis = held === undefined || phase === 'returning' || checkout.checkout?.holdId === held.holdId
  const [method, setMethod] = useState(CARDS[0]!.id)
  const [isLong, setLong] = useState(false)
  const waits = isSending || isUnderWay(phase)
  useEffect(() => {
    setLong(false)
    if (!waits) return undefined
    const timer = setTimeout(() => setLong(true), LONG_MS)
    return () => clearTimeout(timer)
  }, [waits])

  if (waits) return <UnderWay phase={phase} isLong={isLong} isHeld={held !== undefined} />
  return (
    <div className="checkout">
      {problem !== undefined && (
        <Notice tone="bad" role="alert">
          {problem}
        </Notice>
      )}
      {isOfThis && <Outcome checkout={checkout} canRetry={held !== undefined} />}
      {held ? (
        <>
          <CardChoice value={method} choose={setMethod} />
          <button type="button" className="button button-primary button-wide" onClick={() => checkout.pay(held.holdId, method)}>
            Pay {formatMoney(totalCents)}
          </button>
          <p className="hint">The example shop plays with money: none is real.</p>
        </>
      ) : (
        <button type="button" className="button button-wide" onClick={checkout.close}>
          Close
        </button>
      )}
    </div>
  )
}

/** After so long, "paying" needs a word more. */
const LONG_MS = 4_000

function UnderWay({ phase, isLong, isHeld }: { phase: Phase; isLong: boolean; isHeld: boolean }): ReactElement {
  return (
    <div className="under-way">
      <p className="under-way-title">{underWayTitle(phase)}</p>
      <div className="under-way-race" aria-hidden="true">
        <div />
      </div>
      {phase === 'unresolved' ? (
        <p>
          The payment provider did not answer. We tell it to take nothing, and to give back what it may have taken. You can pay again as
          soon as it has said so.
        </p>
      ) : (
        isLong && <p>This takes longer than usual. You need not stay: it goes on, and a ticket appears under “My bookings”.</p>
      )}
      {!isHeld && phase !== 'seating' && (
        <p>
          The time for your seats is up. If the payment still comes through, you get them where they are free; otherwise all of the money
          goes back to your card.
        </p>
      )}
    </div>
  )
}

function underWayTitle(phase: Phase): string {
  if (phase === 'seating') return 'Paid. Booking your seats…'
  if (phase === 'unresolved') return 'Finding out what became of your payment…'
  return phase === 'asking' ? 'Asking how your payment stands…' : 'Paying…'
}

function Outcome({ checkout: { phase, checkout }, canRetry }: { checkout: CheckoutDesk; canRetry: boolean }): ReactElement | null {
  if (phase === 'declined')
    return (
      <Notice tone="bad">
        <strong>The card was declined.</strong> Nothing was taken.{' '}
        {canRetry ? 'Choose another card while your seats wait.' : 'The time for your seats is up, and they went back on sale.'}
      </Notice>
    )
  if (phase === 'untaken')
    return (
      <Notice tone="bad">
        <strong>Nothing was taken.</strong> The payment provider did not answer in time; it keeps none of your money.{' '}
        {canRetry ? 'Try again while your seats wait.' : 'The time for your seats is up, and they went back on sale.'}
      </Notice>
    )
  if (phase === 'returning' && checkout)
    return (
      <Notice tone="bad">
        <p>
          <strong>Paid too late.</strong> When the payment came through, your time was up and somebody else had one of the seats.
        </p>
        <p>{refundSentence(checkout.amountCents, checkout.refund)}</p>
      </Notice>
    )
  return null
}
