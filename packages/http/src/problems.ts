import { MillraceError, type ErrorCode } from '@millrace/core'
import { RequestError, requestCodes, type RequestCode } from './request-error.ts'

/** The status of every error: a new code does not compile until it has one. */
export const statusOf: Readonly<Record<ErrorCode, number>> = {
  APP_STOPPED: 503,
  COMMAND_ID_REUSED: 422,
  COMMAND_INVALID: 422,
  COMMAND_TIMEOUT: 202,
  COMMAND_UNKNOWN: 404,
  COMMANDS_LATE: 503,
  COMMANDS_LOST: 503,
  EVENT_PARKED: 500,
  HISTORY_ENDED: 410,
  HISTORY_NOT_KEPT: 422,
  LOG_CLOSED: 503,
  LOG_DAMAGED: 503,
  LOG_DENIED: 503,
  LOG_FENCED: 503,
  LOG_FULL: 507,
  LOG_HELD: 503,
  LOG_MISCONFIGURED: 503,
  LOG_OUTCOME_UNKNOWN: 503,
  LOG_UNAVAILABLE: 503,
  MIGRATIONS_CHANGED: 503,
  OVERLOADED: 503,
  PARKED_UNKNOWN: 404,
  POSITION_INVALID: 400,
  QUERIES_ELSEWHERE: 421,
  QUERY_FAILED: 500,
  QUERY_INVALID: 422,
  QUERY_STALE: 504,
  QUERY_UNKNOWN: 404,
  REACTION_PARKED: 500,
  REACTION_SLOW: 500,
  REACTOR_STOPPED: 503,
  REACTOR_UNKNOWN: 500,
  READ_MODEL_BUILDING: 503,
  READ_MODEL_STOPPED: 503,
  READ_MODEL_SWITCHED: 503,
  READ_MODEL_UNKNOWN: 404,
  STATEMENT_REFUSED: 500,
  STORE_DAMAGED: 503,
  STORE_DENIED: 503,
  STORE_FENCED: 503,
  STORE_FULL: 503,
  STORE_MISCONFIGURED: 503,
  STORE_UNAVAILABLE: 503,
}

const titles: Readonly<Record<number, string>> = {
  202: 'Not decided yet',
  400: 'Bad request',
  401: 'Key needed',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  408: 'Too slow',
  409: 'Rejected',
  410: 'No longer kept',
  413: 'Too large',
  414: 'URL too long',
  415: 'Not JSON',
  421: 'Not this instance',
  422: 'Not valid',
  431: 'Headers too large',
  500: 'Failed',
  503: 'Not available now',
  504: 'Not up to date yet',
  507: 'No room',
}

/** Server errors whose message says only what a stranger may know. Those of other codes may name files, or what threw. */
const told: ReadonlySet<string> = new Set<ErrorCode>(['APP_STOPPED', 'OVERLOADED', 'QUERY_STALE'])

/** A problem document (RFC 9457). `code` is stable; `detail` is for people. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: string
  readonly [extension: string]: unknown
}

export const problem = (status: number, code: string, detail: string, extensions: Readonly<Record<string, unknown>> = {}): Problem => ({
  type: `urn:millrace:error:${code}`,
  title: titles[status] ?? 'Error',
  status,
  detail,
  code,
  ...extensions,
})

/** Seconds to wait before the same request again, where that is of use. */
export const retryAfterSeconds = (status: number): number | undefined => (status === 503 || status === 507 ? 1 : undefined)

/** True where the log of the server, and nobody else, should hear what `error` says. */
export const isInternal = ({ status, code }: Problem): boolean => status >= 500 && !told.has(code)

/** What a request failed with, as a problem. Tells nothing of what went wrong inside. */
export function toProblem(error: unknown): Problem {
  if (error instanceof MillraceError) {
    const { code, message, issues, at } = error
    const status = statusOf[code]
    if (status >= 500 && !told.has(code)) return problem(status, code, 'the server cannot do this now; its log has the reason')
    const { position } = at
    return problem(status, code, message, { ...(issues.length > 0 && { issues }), ...(typeof position === 'string' && { position }) })
  }
  if (error instanceof RequestError) return problem(error.statusCode, error.code, error.message)
  const { statusCode = 500 } = (error ?? {}) as { readonly statusCode?: number }
  const code = codeOf(statusCode)
  return problem(code === 'INTERNAL' ? 500 : statusCode, code, requestCodes[code][1])
}

/** What Fastify (or a route of the app's own) refuses with `status`. */
function codeOf(status: number): RequestCode {
  if (status === 413) return 'BODY_TOO_LARGE'
  if (status === 414) return 'URL_TOO_LONG'
  if (status === 415) return 'NOT_JSON'
  if (status === 404) return 'NOT_FOUND'
  return status >= 400 && status < 500 ? 'REQUEST_INVALID' : 'INTERNAL'
}
