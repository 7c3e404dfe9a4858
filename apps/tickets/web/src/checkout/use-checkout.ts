import { useEffect, useRef, useState } from 'react'
import { announce } from 'app-kit/web/announce/announcer.tsx'
import { failureSentence } from 'app-kit/web/api/failure-sentence.ts'
import type { Checkout } from '../api/contract.ts'
import { detailsOf } from '../api/receipt.ts'
import { sendCommand, useLive } from '../api/client.ts'
import { refusalSentence } from '../cart/refusals.ts'
import { newBookingId } from '../shell/identity.ts'
import { ticketLink } from '../shell/router.ts'
import { saveId, useSavedId } from '../shell/saved-ids.ts'
import { isUnderWay, phaseOf, type Phase } from './phase.ts'
import { spokenPhase } from './phase-words.ts'

export interface CheckoutDesk {
  readonly phase: Phase
  /** As the read model has it; undefined where nothing has begun. */
  readonly checkout: Checkout | undefined
  readonly isSending: boolean
  /** Why it could not be started. */
  readonly problem: string | undefined
  pay(holdId: string, method: string): void
  /** Forgets one that has come to its end. */
  close(): void
}

/** The payment of this browser for one show: started here or in another tab, followed in all of them. */
export function useCheckout(showId: string): CheckoutDesk {
  const bookingId = useSavedId('checkout', showId)
  const known = useLive('checkout', bookingId === null ? undefined : { showId, bookingId })
  const [sending, setSending] = useState(false)
  const [problem, setProblem] = useState<string>()
  /** Accepted in this tab: to be shown as under way before the read model has heard of it. */
  const [accepted, setAccepted] = useState<string>()
  const phase = bookingId === null ? 'none' : phaseOf(known, sending || accepted === bookingId)

  const before = useRef<Phase>('none')
  useEffect(() => {
    const last = before.current
    before.current = phase
    if (phase === last || bookingId === null) return
    const spoken = spokenPhase(phase)
    if (spoken !== undefined) announce(spoken)
    if (phase === 'booked') window.location.hash = ticketLink(bookingId)
    if (phase === 'booked' || phase === 'cancelled') saveId('checkout', showId, null)
  }, [phase, bookingId, showId])

  const waits = sending || isUnderWay(phase)
  useEffect(() => {
    if (!waits) return undefined
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault()
    window.addEventListener('beforeunload', warn)
    return () => window.removeEventListener('beforeunload', warn)
  }, [waits])

  const send = async (holdId: string, method: string): Promise<void> => {
    // Where nothing is known to have come of the last one, it may yet: with its id there is still one payment.
    const id = bookingId !== null && known === null ? bookingId : newBookingId()
    setSending(true)
    setProblem(undefined)
    saveId('checkout', showId, id)
    try {
      const { receipt } = await sendCommand('Checkout', { showId, holdId, bookingId: id, method })
      if (receipt.outcome === 'accepted' || (receipt.outcome === 'rejected' && receipt.code === 'booking-exists')) setAccepted(id)
      else {
        saveId('checkout', showId, bookingId)
        const message =
          receipt.outcome === 'rejected'
            ? refusalSentence(receipt.code, detailsOf(receipt))
            : 'The box office could not decide this. Nothing was taken; please try again.'
        setProblem(message)
        announce(message)
      }
    } catch (error) {
      setProblem(`${failureSentence(error)} Try again: you will not pay twice.`)
    } finally {
      setSending(false)
    }
  }

  return {
    phase,
    checkout: known ?? undefined,
    isSending: sending,
    problem,
    pay: (holdId, method) => {
      if (!waits) void send(holdId, method)
    },
    close: () => {
      setProblem(undefined)
      saveId('checkout', showId, null)
    },
  }
}
