import { MillraceError } from '../errors.ts'
import type { Clock } from '../ports/clock.ts'
import { fromText, toText, type Position } from '../position.ts'
import type { LogMarks } from '../projection/answering/log-marks.ts'
import type { ProjectionLoop } from '../projection/projection-loop.ts'
import type { QueryOptions } from './running.ts'

const DEFAULT_TIMEOUT_MS = 5_000

/** Lets a query wait until its read model is as new as was asked for, or says how far it is. */
export class Freshness {
  readonly #marks: LogMarks
  readonly #clock: Clock

  constructor(marks: LogMarks, clock: Clock) {
    this.#marks = marks
    this.#clock = clock
  }

  async wait(query: string, loop: ProjectionLoop, { after, maxAgeMs, timeoutMs = DEFAULT_TIMEOUT_MS }: QueryOptions): Promise<void> {
    const untilMs = this.#clock.nowMs() + timeoutMs
    if (after !== undefined) {
      const text = typeof after === 'string' ? after : after.position
      if (!(await loop.reached(toPosition(text), timeoutMs))) throw stale(query, loop, `has not come to ${text} within ${timeoutMs} ms`)
    }
    if (maxAgeMs === undefined || this.#clock.nowMs() - loop.asOfMs <= requireAge(maxAgeMs)) return
    const end = await this.#end(untilMs)
    if (end === undefined)
      throw stale(query, loop, `may be older than ${maxAgeMs} ms: the log has not said within ${timeoutMs} ms how far it is`)
    if (await loop.reached(end, Math.max(0, untilMs - this.#clock.nowMs()))) return
    throw stale(query, loop, `is older than ${maxAgeMs} ms and has not caught up within ${timeoutMs} ms`)
  }

  /** Where the log ends now, or undefined where it has not said so in time. */
  #end(untilMs: number): Promise<Position | undefined> {
    return new Promise((resolve, reject) => {
      const giveUp = this.#clock.after(Math.max(0, untilMs - this.#clock.nowMs()), () => resolve(undefined))
      this.#marks
        .take()
        .finally(giveUp)
        .then(({ end }) => resolve(end), reject)
    })
  }
}

/** The position that `text` says. Throws `POSITION_INVALID`. */
export function toPosition(text: string): Position {
  const position = fromText(text)
  if (position !== undefined) return position
  throw new MillraceError('POSITION_INVALID', `'${text.slice(0, 100)}' is no position; pass one from a receipt or an answer, unchanged`)
}

function requireAge(maxAgeMs: number): number {
  if (maxAgeMs >= 0) return maxAgeMs
  throw new TypeError(`maxAgeMs: expected milliseconds of 0 or more, got ${maxAgeMs}`)
}

function stale(query: string, loop: ProjectionLoop, what: string): Error {
  if (loop.error !== undefined) return loop.error
  const position = toText(loop.position)
  return new MillraceError(
    'QUERY_STALE',
    `query ${query}: its read model ${what}; it is at ${position}. What was decided stands; ask again`,
    { at: { query, position } },
  )
}
