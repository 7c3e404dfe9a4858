import { useEffect, useRef, type ReactElement } from 'react'
import { announce } from 'app-kit/web/announce/announcer.tsx'
import { formatMoney } from 'app-kit/web/shell/format.ts'
import { useLive } from '../api/client.ts'
import type { Booking } from '../api/contract.ts'
import { refundSentence } from '../checkout/refund-words.ts'

interface RefundNoteProps {
  readonly booking: Pick<Booking, 'showId' | 'bookingId' | 'totalCents'>
  /** False while one is only asked whether to cancel. */
  readonly isCancelled: boolean
}

/** Where the money of a booking goes when it is cancelled, and how far it has come. */
export function RefundNote({ booking: { showId, bookingId, totalCents }, isCancelled }: RefundNoteProps): ReactElement | null {
  const checkout = useLive('checkout', { showId, bookingId })
  const said = useRef<string>(undefined)
  const sentence = checkout && isCancelled ? refundSentence(checkout.amountCents, checkout.refund) : undefined
  useEffect(() => {
    if (said.current !== undefined && sentence !== undefined && said.current !== sentence) announce(sentence)
    said.current = sentence
  }, [sentence])
  if (checkout === undefined) return null
  if (checkout === null) return <p className="refund">Paid at the box office: the money is given back there.</p>
  return (
    <p className="refund">
      {sentence ?? `${formatMoney(totalCents)} goes back to your card. The seats go back on sale, and can’t be had back.`}
    </p>
  )
}
