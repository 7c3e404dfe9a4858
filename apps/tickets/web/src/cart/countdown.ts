/** At least 20 s must be left to ask for more time (WCAG 2.2.1); a minute is kinder where the hold is long enough. */
const LEAST_WARNING_MS = 20_000
const KIND_WARNING_MS = 60_000

export type CountdownPhase = 'calm' | 'warning' | 'over'

export function remainingMs(untilMs: number, serverNowMs: number): number {
  return Math.max(0, untilMs - serverNowMs)
}

export function warnFromMs(holdMs: number): number {
  return Math.max(LEAST_WARNING_MS, Math.min(KIND_WARNING_MS, holdMs * 0.25))
}

export function phaseOf(leftMs: number, holdMs: number): CountdownPhase {
  if (leftMs <= 0) return 'over'
  return leftMs <= warnFromMs(holdMs) ? 'warning' : 'calm'
}

/** "9:05"; rounds up, so that 0:00 means over. */
export function clockText(leftMs: number): string {
  const seconds = Math.ceil(leftMs / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** For being read aloud. */
export function spokenTime(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  const minutes = Math.floor(seconds / 60)
  const rest = seconds % 60
  const parts = [
    minutes > 0 && `${minutes} ${minutes === 1 ? 'minute' : 'minutes'}`,
    rest > 0 && `${rest} ${rest === 1 ? 'second' : 'seconds'}`,
  ]
  return parts.filter((part) => part !== false).join(' ') || '0 seconds'
}
