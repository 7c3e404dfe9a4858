import { useEffect, useState, type ReactElement } from 'react'
import { appWords } from '../app-words.ts'
import { announce } from '../announce/announcer.tsx'
import { connection } from './connection-store.ts'
import { useStore } from './store.ts'

/** Short breaks (a server restart) heal by themselves before anyone has read a warning. */
const GRACE_MS = 1_500

/** Says honestly that the page is out of date, and since when. */
export function ConnectionNote(): ReactElement | null {
  const { lost, lastLiveMs } = useStore(connection)
  const [ageMs, setAgeMs] = useState(0)
  useEffect(() => {
    setAgeMs(0)
    if (!lost) return undefined
    const timer = setInterval(() => setAgeMs(Date.now() - lastLiveMs), 500)
    return () => clearInterval(timer)
  }, [lost, lastLiveMs])
  const visible = lost && ageMs >= GRACE_MS
  useEffect(() => {
    if (!visible) return undefined
    announce(`Connection lost. ${appWords().things} may have changed since the last update.`)
    return () => announce(`Connected again. ${appWords().things} are up to date.`)
  }, [visible])
  if (!visible) return null
  return (
    <div className="connection-note">
      <span className="connection-dot" aria-hidden="true" />
      <span>
        <strong>Connection lost.</strong> Last update {Math.round(ageMs / 1000)} s ago; trying again by itself.
      </span>
    </div>
  )
}
