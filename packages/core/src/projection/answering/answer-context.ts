import type { Clock } from '../../ports/clock.ts'
import type { StoredReader } from '../../ports/read-store.ts'
import type { Position } from '../../position.ts'
import type { TrackingReader } from './tracking-reader.ts'

/** What an answer was made from. */
export interface Tracked {
  documents: readonly string[]
  prefixes: readonly string[]
  hasRows: boolean
  characters: number
}

/** What an answer needs of those it belongs to: all the answers of one read model. */
export interface AnswerContext {
  readonly clock: Clock
  readonly model: StoredReader
  /** Others may commit at any time. */
  readonly isShared: boolean
  /** How far the read model is, as text. */
  readonly position: string
  /** The latest moment of which all that was in the log is in the read model. */
  readonly asOfMs: number
  /** Of this build of the read model in this process, and no other. */
  readonly instance: string
  /** Who reads here is told of commits meanwhile. */
  readonly making: Set<TrackingReader>
  /** Another object after every commit. */
  readonly checkpoint: Position
  /** Why there will be no more answers. */
  readonly ended: Error | undefined
  nextEtag(): string
  /** Keeps the read model still while `work` reads it, and says how far it is. */
  still<T>(work: (model: StoredReader, position: Position) => Promise<T>): Promise<T>
  /** Notes what an answer was made from, in place of what it was made from before. */
  track(answer: Tracked, reader: TrackingReader, characters: number): void
}
