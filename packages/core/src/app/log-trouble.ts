import type { MillraceError } from '../errors.ts'
import type { Log } from '../ports/log.ts'

export interface LogTroubleContext {
  readonly onTrouble: (error: Error) => void
  readonly onRecovery: (message: string) => void
}

/** What keeps the log from working: told once, when somebody first sees it, and once more when somebody sees that it is over. */
export class LogTrouble {
  readonly #log: Log
  readonly #context: LogTroubleContext
  /** Until the log has once been without trouble, its shards are only on their way: that is no news. */
  #isNews = false
  #isTold = false

  constructor(log: Log, context: LogTroubleContext) {
    this.#log = log
    this.#context = context
  }

  look(): MillraceError | undefined {
    const trouble = this.#log.trouble()
    if (trouble !== undefined && this.#isNews) this.#context.onTrouble(trouble)
    if (trouble === undefined && this.#isTold) this.#context.onRecovery('the log is back')
    this.#isTold = trouble !== undefined && (this.#isTold || this.#isNews)
    this.#isNews = trouble === undefined
    return trouble
  }
}
