import type { FastifyInstance, FastifyReply } from 'fastify'
import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Metrics } from './metrics.ts'
import { isInternal, problem, retryAfterSeconds, toProblem, type Problem } from './problems.ts'
import { requestCodes, RequestError, type RequestCode } from './request-error.ts'

const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

export function sendProblem(reply: FastifyReply, document: Problem): FastifyReply {
  const retryAfter = retryAfterSeconds(document.status)
  if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
  return reply
    .code(document.status)
    .header('content-type', PROBLEM_TYPE)
    .header('cache-control', 'no-store')
    .header('x-content-type-options', 'nosniff')
    .send(JSON.stringify(document))
}

/** An error as a problem; it is counted, and told where it is the server's own. */
export const noteProblem =
  (metrics: Metrics, onTrouble: (error: unknown) => void) =>
  (error: unknown): Problem => {
    const document = toProblem(error)
    metrics.problem(document.code)
    if (isInternal(document)) onTrouble(error)
    return document
  }

/** Every way a request can fail once Fastify has it answers with a problem. */
export function answerWithProblems(fastify: FastifyInstance, toNoted: (error: unknown) => Problem): void {
  fastify.setErrorHandler((error, _request, reply) => sendProblem(reply, toNoted(error)))
  fastify.setNotFoundHandler((request) => {
    throw new RequestError('NOT_FOUND', `there is nothing at ${request.method} ${request.url.slice(0, 200)}; GET /docs shows what there is`)
  })
}

/** The URL is one that no route can be looked up for. */
export const answerBadUrl = (error: { readonly statusCode?: number }, reply: FastifyReply): void =>
  void sendProblem(reply, toProblem(error))

/** What came over `socket` is no HTTP, too large or too slow: the last word on that connection. */
export function answerNoRequest(error: { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy()
    return
  }
  const code: RequestCode =
    error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? 'REQUEST_TIMEOUT'
      : error.code === 'HPE_HEADER_OVERFLOW'
        ? 'HEADERS_TOO_LARGE'
        : 'REQUEST_INVALID'
  const [status, meaning] = requestCodes[code]
  const body = JSON.stringify(problem(status, code, meaning))
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nconnection: close\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}
