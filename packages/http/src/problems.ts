import { MillraceError, type ErrorCode } from '@millrace/core'
import { RequestError } from './request-error.ts'

/** The status of every error: a new code does not compile until it has one. */
export const statusOf: Readonly<Record<ErrorCode, number>> = {
  APP_STOPPED: 503,
  COMMAND_ID_REUSED: 422,
  COMMAND_INVALID: 422,
  COMMAND_TIMEOUT: 202,
  COMMAND_UNKNOWN: 404,
  LOG_CLOSED: 503,
  LOG_DAMAGED: 503,
  LOG_FENCED: 503,
  LOG_FULL: 507,
  LOG_HELD: 503,
  LOG_OUTCOME_UNKNOWN: 503,
  LOG_UNAVAILABLE: 503,
  OVERLOADED: 503,
  POSITION_INVALID: 400,
  QUERY_FAILED: 500,
  QUERY_INVALID: 422,
  QUERY_STALE: 504,
  QUERY_UNKNOWN: 404,
  READ_MODEL_STOPPED: 503,
  STORE_DAMAGED: 503,
  STORE_FENCED: 503,
  STORE_FULL: 503,
  STORE_UNAVAILABLE: 503,
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad request',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Rejected',
  413: 'Too large',
  415: 'Not JSON',
  422: 'Not valid',
  500: 'Failed',
  503: 'Not available now',
  504: 'Not up to date yet',
  507: 'No room',
}

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

/** What a request failed with, as a problem. Tells nothing of what went wrong inside. */
export function toProblem(error: unknown): Problem {
  if (error instanceof MillraceError) {
    const { code, message, issues, at } = error
    const extensions = { ...(issues.length > 0 && { issues }), ...(typeof at['position'] === 'string' && { position: at['position'] }) }
    return problem(statusOf[code], code, message, extensions)
  }
  if (error instanceof RequestError) return problem(error.statusCode, error.code, error.message)
  const { statusCode, code = 'REQUEST_INVALID', message = '' } = error as { statusCode?: number; code?: string; message?: string }
  if (statusCode === 413) return problem(413, 'BODY_TOO_LARGE', 'the body is larger than this server takes')
  if (statusCode === 415) return problem(415, 'NOT_JSON', 'send JSON, with Content-Type: application/json')
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return problem(statusCode, code.replace(/^FST_ERR_/, ''), message)
  return problem(500, 'INTERNAL', 'something went wrong in the server; its log has the reason')
}
