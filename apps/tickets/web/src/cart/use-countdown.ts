import { useEffect, useState } from 'react'
import { serverNowMs } from 'app-kit/web/api/server-clock.ts'
import { remainingMs } from './countdown.ts'

/** Milliseconds left by the server's clock, several times a second; 0 without a deadline. */
export function useCountdown(untilMs: number | undefined): number {
  const [, tick] = useState(0)
  useEffect(() => {
    if (untilMs === undefined) return undefined
    const timer = setInterval(() => tick((before) => before + 1), 250)
    return () => clearInterval(timer)
  }, [untilMs])
  return untilMs === undefined ? 0 : remainingMs(untilMs, serverNowMs())
}
