import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { ReadStore } from '../ports/read-store.ts'
import type { ShardCheckpoints } from '../ports/shard-checkpoints.ts'
import type { App } from './app.ts'
import type { Running } from './running.ts'

export interface StartOptions {
  /** Where commands and events live. The app closes it when it stops. */
  readonly log: Log
  /** Where read models live (default: in memory, folded again at every start). Closed when the app stops. */
  readonly store?: ReadStore
  /** Where shards keep what they folded (default: nowhere, folded again at every start). Closed when the app stops. */
  readonly checkpoints?: ShardCheckpoints
  readonly clock?: Clock
  /** Commands that may wait for their answer at once (default 10,000); more get `OVERLOADED`. */
  readonly maxInFlight?: number
  /** How many positions of `events[p]` a command id is remembered for, at least (default 32,768). */
  readonly rememberedPositions?: number
  /** Told what an operator should know: a shard lost, a read model stopped (default: nothing). */
  readonly onTrouble?: (error: Error) => void
}

export declare function start<A extends App>(app: A, options: StartOptions): Promise<Running<A>>
