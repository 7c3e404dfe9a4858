import type { Position } from '../../position.ts'

/** What is told is of so long, in milliseconds, at least. */
const SPAN_MS = 1_000

interface Mark {
  readonly atMs: number
  readonly records: number
}

/** How fast a position moves. */
export class Rate {
  #records = 0
  #marks: readonly [Mark, Mark] | undefined
  #notedMs = 0

  note(position: Position, nowMs: number): void {
    let records = 0
    for (const next of position.values()) records += next
    this.#records = records
    this.#notedMs = nowMs
    const mark = { atMs: nowMs, records }
    if (this.#marks === undefined) this.#marks = [mark, mark]
    else if (nowMs - this.#marks[1].atMs >= SPAN_MS) this.#marks = [this.#marks[1], mark]
  }

  /** Records a second, of the last two seconds or so; 0 where nothing has moved for so long. */
  perSecond(nowMs: number): number {
    if (this.#marks === undefined || nowMs - this.#notedMs > 2 * SPAN_MS) return 0
    const [first] = this.#marks
    const seconds = (nowMs - first.atMs) / 1_000
    return seconds <= 0 ? 0 : Math.round((this.#records - first.records) / seconds)
  }
}
