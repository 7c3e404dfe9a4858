/**
 * Codes are public API: add freely, never rename or reuse. Each has a section in docs/errors.md.
 * The value says whether the same call again is safe and may work.
 */
const retriable = {
  APP_STOPPED: true,
  COMMAND_ID_REUSED: false,
  COMMAND_INVALID: false,
  COMMAND_TIMEOUT: true,
  COMMAND_UNKNOWN: false,
  COMMANDS_LATE: false,
  COMMANDS_LOST: false,
  EVENT_PARKED: false,
  HISTORY_ENDED: false,
  HISTORY_NOT_KEPT: false,
  LOG_CLOSED: false,
  LOG_DAMAGED: false,
  LOG_DENIED: false,
  LOG_FENCED: false,
  LOG_FULL: true,
  LOG_HELD: false,
  LOG_MISCONFIGURED: false,
  LOG_OUTCOME_UNKNOWN: true,
  LOG_UNAVAILABLE: true,
  MIGRATIONS_CHANGED: false,
  OVERLOADED: true,
  PARKED_UNKNOWN: false,
  POSITION_INVALID: false,
  QUERIES_ELSEWHERE: false,
  QUERY_FAILED: false,
  QUERY_INVALID: false,
  QUERY_STALE: true,
  QUERY_UNKNOWN: false,
  REACTION_PARKED: false,
  REACTION_SLOW: false,
  REACTOR_STOPPED: false,
  REACTOR_UNKNOWN: false,
  READ_MODEL_BUILDING: true,
  READ_MODEL_STOPPED: false,
  READ_MODEL_SWITCHED: true,
  READ_MODEL_UNKNOWN: false,
  STATEMENT_REFUSED: false,
  STORE_DAMAGED: false,
  STORE_DENIED: false,
  STORE_FENCED: false,
  STORE_FULL: true,
  STORE_MISCONFIGURED: false,
  STORE_UNAVAILABLE: true,
} as const

export type ErrorCode = keyof typeof retriable

export const errorCodes: readonly ErrorCode[] = Object.keys(retriable) as ErrorCode[]

export interface MillraceErrorOptions extends ErrorOptions {
  readonly at?: Readonly<Record<string, string | number>>
  readonly issues?: readonly { readonly path: string; readonly message: string }[]
}

/** An operational failure. Refusals are no errors (they are answers), mistakes in a program are `TypeError`s. */
export class MillraceError extends Error {
  override readonly name = 'MillraceError'
  readonly code: ErrorCode
  /** Where it happened: partition, offset, command, query … Never payloads: they may be personal data. */
  readonly at: Readonly<Record<string, string | number>>
  /** What is wrong with an input, rule by rule; empty where the input is not the trouble. */
  readonly issues: readonly { readonly path: string; readonly message: string }[]

  constructor(code: ErrorCode, message: string, { at = {}, issues = [], ...options }: MillraceErrorOptions = {}) {
    super(message, options)
    this.code = code
    this.at = at
    this.issues = issues
  }

  /** True where the same call again is safe and may work. A command keeps its id when it is sent again. */
  get retriable(): boolean {
    return retriable[this.code]
  }
}
