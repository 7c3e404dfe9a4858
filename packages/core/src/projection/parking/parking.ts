import type { Log } from '../../ports/log.ts'
import type { ParkingChanges } from './parked-keys.ts'

/** What becomes, in one transaction, of events that cannot be handled. */
export interface Parking {
  readonly changes: ParkingChanges
  /** Keys are parked; otherwise the fold stops at an event that cannot be handled, unless an operator has had it skipped. */
  readonly mayPark: boolean
  /**
   * Each event is handled in a transaction of its own. That costs something, so a transaction is folded without it, and
   * folded again with it where a handler threw.
   */
  readonly isCareful: boolean
  /** Events whose statements the database has refused, as `partition-offset`, with why. */
  readonly refused: ReadonlyMap<string, Error>
  readonly log: Log
  readonly signal: AbortSignal
}
