import { useEffect, useRef, useState } from 'react'
import { announce } from 'app-kit/web/announce/announcer.tsx'
import { failureSentence } from 'app-kit/web/api/failure-sentence.ts'
import type { Waiter } from '../api/contract.ts'
import { detailsOf } from '../api/receipt.ts'
import { sendCommand, useLive } from '../api/client.ts'
import { refusalSentence } from '../cart/refusals.ts'
import type { Wish } from '../cart/wish-form.tsx'
import { customerId } from '../shell/identity.ts'
import { saveId, useSavedId } from '../shell/saved-ids.ts'
import { placeSentence } from './place-words.ts'

export interface WaitingDesk {
  /** This browser's place on the list of the show; undefined where it has none, or it is not known yet. */
  readonly waiter: Waiter | undefined
  readonly isSaving: boolean
  readonly problem: string | undefined
  join(wish: Wish): void
  leave(): void
  /** Forgets a place that has come to its end. */
  close(): void
}

export function useWaiting(showId: string): WaitingDesk {
  const waiterId = useSavedId('waiter', showId)
  const known = useLive('waiter', waiterId === null ? undefined : { showId, waiterId })
  const [isSaving, setSaving] = useState(false)
  const [problem, setProblem] = useState<string>()
  const told = useRef('')

  const status = known?.status
  const before = known?.before
  useEffect(() => {
    if (waiterId === null || status === undefined) return
    const now = `${waiterId} ${status} ${before ?? 0}`
    if (told.current === now) return
    told.current = now
    if (status === 'waiting') announce(`You are on the waiting list. ${placeSentence(before ?? 0)}`)
    if (status === 'missed') announce('You were offered seats, but the time ran out.')
    if (status === 'left' || status === 'booked') saveId('waiter', showId, null)
  }, [waiterId, status, before, showId])

  const run = async (send: () => ReturnType<typeof sendCommand>): Promise<boolean> => {
    setSaving(true)
    setProblem(undefined)
    try {
      const { receipt } = await send()
      if (receipt.outcome === 'accepted') return true
      const message =
        receipt.outcome === 'rejected'
          ? refusalSentence(receipt.code, detailsOf(receipt))
          : 'The box office could not decide this. Please try again.'
      setProblem(message)
      announce(message)
    } catch (error) {
      setProblem(`${failureSentence(error)} Please try again.`)
    } finally {
      setSaving(false)
    }
    return false
  }

  const join = async ({ quantity, section }: Wish): Promise<void> => {
    // Saved once it is accepted: the read model has it from then on, for this client.
    const id = crypto.randomUUID()
    const data = { showId, waiterId: id, customerId: customerId(), quantity, ...(section !== undefined && { section }) }
    if (await run(() => sendCommand('JoinWaitingList', data))) saveId('waiter', showId, id)
  }
  const leave = async (): Promise<void> => {
    if (waiterId === null || !(await run(() => sendCommand('LeaveWaitingList', { showId, waiterId })))) return
    saveId('waiter', showId, null)
    announce('You have left the waiting list.')
  }

  return {
    waiter: known ?? undefined,
    isSaving,
    problem,
    join: (wish) => void join(wish),
    leave: () => void leave(),
    close: () => saveId('waiter', showId, null),
  }
}
