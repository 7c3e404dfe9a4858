import type { Clock } from '../../ports/clock.ts'
import { isReached, START, type Position } from '../../position.ts'
import type { WaitingForPosition } from '../folding/progress.ts'

interface Waiter {
  readonly target: Position
  readonly wake: () => void
}

/** Those who wait for a read model to come to a position. */
export class PositionWaiters implements WaitingForPosition {
  readonly #clock: Clock
  #position: Position = START
  #waiters: Waiter[] = []
  readonly #listeners = new Set<() => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Resolves with true once the read model has come to `target`; with false when `timeoutMs` have passed before, or all were given up. */
  wait(target: Position, timeoutMs: number): Promise<boolean> {
    if (isReached(this.#position, target)) return Promise.resolve(true)
    return new Promise((resolve) => {
      const waiter = {
        target,
        wake: (): void => {
          giveUp()
          resolve(isReached(this.#position, target))
        },
      }
      const giveUp = this.#clock.after(timeoutMs, () => {
        this.#waiters = this.#waiters.filter((each) => each !== waiter)
        resolve(false)
      })
      this.#waiters.push(waiter)
      for (const tell of this.#listeners) tell()
    })
  }

  isFor(partition: number, next: number): boolean {
    const stored = this.#position.get(partition) ?? 0
    return this.#waiters.some(({ target }) => {
      const wanted = target.get(partition) ?? 0
      return wanted > stored && wanted <= next
    })
  }

  onBegin(listener: () => void, signal: AbortSignal): void {
    if (signal.aborted) return
    this.#listeners.add(listener)
    signal.addEventListener('abort', () => this.#listeners.delete(listener), { once: true })
  }

  /** The read model has come to `position`. */
  moved(position: Position): void {
    this.#position = position
    if (this.#waiters.length === 0) return
    const due = this.#waiters.filter(({ target }) => isReached(position, target))
    if (due.length === 0) return
    this.#waiters = this.#waiters.filter(({ target }) => !isReached(position, target))
    for (const { wake } of due) wake()
  }

  giveUp(): void {
    for (const { wake } of this.#waiters.splice(0)) wake()
  }
}
