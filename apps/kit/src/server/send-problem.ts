/** As much of a reply as a problem needs. */
interface ReplyLike {
  code(status: number): unknown
  header(name: string, value: string): unknown
  send(body: unknown): unknown
}

/** Answers with a problem document (RFC 9457). Not to be kept by any cache. */
export function sendProblem<Reply extends ReplyLike>(reply: Reply, status: number, code: string, title: string): Reply {
  reply.code(status)
  reply.header('content-type', 'application/problem+json')
  reply.header('cache-control', 'no-store')
  reply.send({ type: 'about:blank', title, status, code })
  return reply
}
