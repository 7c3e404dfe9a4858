import { useState } from 'react'
import { announce } from 'app-kit/web/announce/announcer.tsx'
import type { sendCommand, Receipt } from '../api/client.ts'

export interface Action {
  readonly isBusy: boolean
  /** Why the last one was refused; undefined after one that went well. */
  readonly problem: string | undefined
  /** Sends, and says what came of it. Resolves with whether it was accepted. */
  readonly run: (send: () => ReturnType<typeof sendCommand>, done: string) => Promise<boolean>
}

export function useAction(wordsFor: (receipt: Receipt & { outcome: 'rejected' }) => string = ({ code }) => code): Action {
  const [isBusy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const run: Action['run'] = async (send, done) => {
    setBusy(true)
    setProblem(undefined)
    try {
      const { receipt } = await send()
      if (receipt.outcome === 'accepted') {
        announce(done)
        return true
      }
      setProblem(receipt.outcome === 'rejected' ? wordsFor(receipt) : 'That did not work. Please try again.')
    } catch {
      setProblem('The shop cannot be reached. Please try again.')
    } finally {
      setBusy(false)
    }
    return false
  }
  return { isBusy, problem, run }
}
