import type { Change } from '../../app/running.ts'
import { fromText, isReached, type Position } from '../../position.ts'

/** One who watches. `seen` is the number of the last change it was given. */
export interface Watcher {
  seen: number
  /** How far what it was given goes. */
  position: string
  /** Changes up to here are in what it was given already. */
  ahead: Position | undefined
  /** It took all there was, and wants to be told. */
  isWaiting: boolean
  readonly onReady: () => void
  readonly onEnd: ((error: Error) => void) | undefined
}

/** Whether `change` is in what `watcher` was given: a snapshot may be newer than what had been told when it was made. */
export function has(watcher: Watcher, { position }: Change): boolean {
  if (watcher.ahead === undefined) return false
  if (isReached(watcher.ahead, fromText(position)!)) return true
  watcher.ahead = undefined
  return false
}
