import { useEffect, useState, type ReactElement } from 'react'
import { serverNowMs } from 'app-kit/web/api/server-clock.ts'

/** How long the goods are still set aside. Not read out every second. */
export function PayBy({ untilMs }: { readonly untilMs: number }): ReactElement {
  const [nowMs, setNowMs] = useState(serverNowMs)
  useEffect(() => {
    const timer = setInterval(() => setNowMs(serverNowMs()), 500)
    return () => clearInterval(timer)
  }, [])
  const left = Math.max(0, Math.ceil((untilMs - nowMs) / 1_000))
  return (
    <p className="pay-by" role="timer" aria-live="off">
      Set aside for you for another{' '}
      <strong>
        {Math.floor(left / 60)}:{String(left % 60).padStart(2, '0')}
      </strong>
    </p>
  )
}
