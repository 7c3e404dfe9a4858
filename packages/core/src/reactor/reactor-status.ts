import type { PendingEvent } from './pending-events.ts'
import type { ParkedReaction } from './progress.ts'

export interface ReactorStatus {
  readonly name: string
  readonly partition: number
  /** All before it has been handled, but for keys that are parked. */
  readonly next: number
  /** Events that are being handled, or wait for their turn or their next attempt. */
  readonly pending: number
  /** What keeps `next` where it is, and for how long it has been pending, in milliseconds. */
  readonly oldest?: { readonly key: string; readonly offset: number; readonly type: string; readonly forMs: number }
  /** True while the outside is down, as far as can be told from here: see `EffectOptions.breakAfter`. */
  readonly isBroken: boolean
  readonly parked: readonly ParkedReaction[]
}

export const ageOf = ({ key, offset, type, sinceMs }: PendingEvent, nowMs: number): NonNullable<ReactorStatus['oldest']> => ({
  key,
  offset,
  type,
  forMs: Math.max(0, Math.round(nowMs - sinceMs)),
})
