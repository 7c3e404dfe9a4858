import { useEffect, useState, type ReactElement } from 'react'
import { createMessageBatch } from './message-batch.ts'

let say: (text: string) => void = () => undefined
const batch = createMessageBatch((text) => say(text), {
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
})

/** Tells screen readers what happened, politely and not too often. */
export const announce = (message: string): void => batch.add(message)

export function Announcer(): ReactElement {
  const [text, setText] = useState('')
  useEffect(() => {
    say = setText
    return () => {
      say = () => undefined
    }
  }, [])
  return (
    <div role="status" aria-live="polite" className="visually-hidden" data-testid="announcer">
      {text}
    </div>
  )
}
