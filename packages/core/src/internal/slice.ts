import type { Clock } from '../ports/clock.ts'

/** So long one piece of work keeps the event loop to itself, in milliseconds: as long as the others just had it, within these. */
const [LEAST_MS, MOST_MS] = [1, 8]

/** When a slice was last given up, and the turn that comes after all that are waited for. There is one event loop. */
let givenUpMs = 0
let lastTurn: Promise<void> = Promise.resolve()

/**
 * Work of many small steps that others must not have to wait for: it asks between two of them whether to let those go first.
 * It has half of the time where both have much to do, and the others hardly wait where they have little.
 */
export class Slice {
  readonly #clock: Clock
  #endMs: number

  constructor(clock: Clock) {
    this.#clock = clock
    this.#endMs = clock.nowMs() + LEAST_MS
  }

  get isOver(): boolean {
    return this.#clock.nowMs() >= this.#endMs
  }

  /** Resolves in a turn of the event loop of its own, when all that came in meanwhile has been looked at. Begins anew. */
  async next(): Promise<void> {
    givenUpMs = this.#clock.nowMs()
    await (lastTurn = lastTurn.then(nextTurn))
    const nowMs = this.#clock.nowMs()
    this.#endMs = nowMs + Math.min(Math.max(nowMs - givenUpMs, LEAST_MS), MOST_MS)
  }
}

/** By a message to oneself: a timer would take a millisecond. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel()
    port1.addEventListener('message', () => {
      port1.close()
      resolve()
    })
    port1.start()
    port2.postMessage(undefined)
  })
}
