import type { MillraceError } from '../errors.ts'
import type { Log } from '../ports/log.ts'

/** What keeps the log from working: told once, when somebody first sees it. */
export class LogTrouble {
  readonly #log: Log
  readonly #tell: (error: Error) => void
  /** Until the log has once been without trouble, its shards are only on their way: that is no news. */
  #isNews = false

  constructor(log: Log, tell: (error: Error) => void) {
    this.#log = log
    this.#tell = tell
  }

  look(): MillraceError | undefined {
    const trouble = this.#log.trouble()
    if (trouble !== undefined && this.#isNews) this.#tell(trouble)
    this.#isNews = trouble === undefined
    return trouble
  }
}
