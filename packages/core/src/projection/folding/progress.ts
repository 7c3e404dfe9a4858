import type { Clock } from '../../ports/clock.ts'

/**
 * What a commit that changes nothing but the checkpoint may wait for, in milliseconds. Another instance learns of it by
 * the commit alone, and somebody may wait there: so not for long.
 */
const MAX_IDLE_MS = 20

/** Who waits here for the read model to come to a position. */
export interface WaitingForPosition {
  /** Whether anybody waits for what is before `next` in the partition and has not been stored yet. */
  isFor(partition: number, next: number): boolean
  /** Calls `listener` when somebody begins to wait, until `signal` aborts. */
  onBegin(listener: () => void, signal: AbortSignal): void
}

interface ProgressContext {
  readonly partition: number
  readonly clock: Clock
  readonly waiting: WaitingForPosition
  readonly signal: AbortSignal
  /** Called when it may have become due. */
  readonly wake: () => void
}

/**
 * How far the fold of a partition is: further than what is stored, where nothing of what came since concerns the read
 * model. That is stored with the next thing that does; else soon, and at once where somebody waits for it here.
 */
export class Progress {
  readonly #context: ProgressContext
  #next: number
  #isIdle = false
  #isLate = false
  #cancel: (() => void) | undefined

  /** `next`: what is stored. */
  constructor(next: number, context: ProgressContext) {
    this.#next = next
    this.#context = context
    const { waiting, signal, wake } = context
    waiting.onBegin(() => this.isDue && wake(), signal)
    signal.addEventListener('abort', () => this.#cancel?.(), { once: true })
  }

  /** All before it has been folded. */
  get next(): number {
    return this.#next
  }

  /** Whether there is something to be stored that can't wait any longer. */
  get isDue(): boolean {
    const { waiting, partition } = this.#context
    return this.#isIdle && (this.#isLate || waiting.isFor(partition, this.#next))
  }

  /** It has come to `next`, and nothing else is to be stored. False where that is to be stored now. */
  mayWait(next: number): boolean {
    this.#next = next
    if (!this.#isIdle) this.#begin()
    return !this.isDue
  }

  stored(next: number): void {
    this.#next = next
    this.#isIdle = false
    this.#isLate = false
    this.#cancel?.()
    this.#cancel = undefined
  }

  #begin(): void {
    const { clock, signal, wake } = this.#context
    if (signal.aborted) return
    this.#isIdle = true
    // All partitions at the same moments, so that a store can take their commits together.
    this.#cancel = clock.after(MAX_IDLE_MS - (clock.nowMs() % MAX_IDLE_MS), () => {
      this.#isLate = true
      wake()
    })
  }
}
