/** What only HTTP can refuse: its status, and what it means. Beside them stand core's error codes, and an app's rejections. */
export const requestCodes = {
  BODY_INVALID: [400, 'The body is no JSON, or holds a name that reaches a prototype.'],
  BODY_MISSING: [400, 'The body is empty.'],
  BODY_TOO_DEEP: [400, 'The body nests deeper than the server takes.'],
  BODY_TOO_LARGE: [413, 'The body is larger than the server takes.'],
  COMMAND_FAILED: [500, 'The command could not be decided: a bug. It changed nothing, and gets the same answer when sent again.'],
  CROSS_SITE: [403, 'A page of another site asked for an operation. Without a key, only pages of this server may.'],
  HEADERS_TOO_LARGE: [431, 'The headers, or the URL, are larger than the server takes.'],
  IDEMPOTENCY_KEY_INVALID: [400, 'Idempotency-Key is not one value of 1 to 200 visible ASCII characters.'],
  INTERNAL: [500, 'Something went wrong in the server.'],
  METHOD_NOT_ALLOWED: [405, 'There is something at this URL, but not for this method. Allow says for which.'],
  NOT_FOUND: [404, 'There is nothing at this URL.'],
  NOT_JSON: [415, 'The Content-Type is not application/json.'],
  OPERATIONS_LOCAL: [403, 'No key for operations is set, so they are for callers on the server’s own machine, without a proxy between.'],
  OPERATOR_KEY_INVALID: [401, 'Operations take a key, as `Authorization: Bearer <key>`. It is missing, or is not the one that is set.'],
  PARAMETER_INVALID: [400, 'A parameter or header was given more than once, too often, or in a form that the server does not take.'],
  REQUEST_INVALID: [400, 'The request is no HTTP that the server understands.'],
  REQUEST_TIMEOUT: [408, 'The request did not arrive in time.'],
  TRACE_UNKNOWN: [404, 'The way of that command is not remembered.'],
  VERIFYING: [409, 'A read model is being verified; one at a time is.'],
  URL_TOO_LONG: [414, 'The URL, or one part of it, is longer than the server takes.'],
} as const

export type RequestCode = keyof typeof requestCodes

/** A request that is wrong before any command or query is looked at. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
  readonly code: RequestCode

  constructor(code: RequestCode, message: string) {
    super(message)
    this.code = code
  }

  get statusCode(): number {
    return requestCodes[this.code][0]
  }
}
