export interface ClientErrorOptions extends ErrorOptions {
  readonly issues?: readonly { readonly path: string; readonly message: string }[] | undefined
  readonly position?: string | undefined
}

/** A command or query that got no answer: refused by the server (4xx), not served now (5xx), or not reached (status 0). */
export class MillraceClientError extends Error {
  override readonly name = 'MillraceClientError'
  /** Stable: see the server's `/docs`. `UNREACHABLE` where no answer came. */
  readonly code: string
  readonly status: number
  /** What is wrong with an input, rule by rule. */
  readonly issues: readonly { readonly path: string; readonly message: string }[]
  /** How far the read model was that has not come to what was asked for (`QUERY_STALE`). */
  readonly position: string | undefined

  constructor(status: number, code: string, detail: string, { issues = [], position, ...options }: ClientErrorOptions = {}) {
    super(detail, options)
    this.status = status
    this.code = code
    this.issues = issues
    this.position = position
  }

  /** What happened, for people. */
  get detail(): string {
    return this.message
  }
}
