export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}

export function toClientError(status: number, body: unknown): ClientError {
  const problem = (body ?? {}) as { code?: string; detail?: string; title?: string }
  return new ClientError(problem.code ?? `HTTP_${status}`, problem.detail ?? problem.title ?? `The server answered ${status}.`)
}
