import { useEffect, useState } from 'react'
import type { Flow } from './flow-store.ts'
import type { Trace } from './flow-timeline.ts'

/** Read models follow within milliseconds; asking a few times catches the slow ones. */
const ASK_AFTER_MS = [60, 400, 1500]

export function useTrace(flow: Flow | undefined, open: boolean): Trace | undefined {
  const [trace, setTrace] = useState<Trace>()
  const commandId = flow?.answeredAtMs === undefined ? undefined : flow.commandId
  useEffect(() => {
    if (!open || commandId === undefined) return undefined
    let current = true
    const ask = async (): Promise<void> => {
      const response = await fetch(`/trace/${commandId}`).catch(() => undefined)
      if (response?.ok && current) setTrace((await response.json()) as Trace)
    }
    const timers = ASK_AFTER_MS.map((ms) => setTimeout(() => void ask(), ms))
    return () => {
      current = false
      for (const timer of timers) clearTimeout(timer)
    }
  }, [commandId, open])
  return trace?.commandId === flow?.commandId ? trace : undefined
}
