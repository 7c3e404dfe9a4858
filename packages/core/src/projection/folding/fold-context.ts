import type { Trace } from '../../app/trace.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Log } from '../../ports/log.ts'
import type { ParkedKey } from '../parking/parked-keys.ts'
import type { Projection } from '../projection.ts'

/** Records folded in one transaction, at most (and at least one batch). */
export const MAX_RECORDS = 4_096
/** How long to wait before a failed commit is tried again: doubles up to the last. */
export const RETRY_MS = [50, 5_000] as const

/** What a fold of a projection needs of what surrounds it. */
export interface FoldContext {
  readonly projection: Projection
  readonly log: Log
  readonly clock: Clock
  readonly trace: Trace
  /** Told what failed and is tried again. */
  readonly onRetry: (error: Error) => void
  /** Whether keys whose events cannot be handled are parked now; the fold stops there otherwise. */
  readonly mayPark: () => boolean
  /** Told of keys that have been parked, once that is stored. */
  readonly onParked: (keys: readonly ParkedKey[]) => void
}
