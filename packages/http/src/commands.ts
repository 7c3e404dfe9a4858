import { MillraceError, type Aggregate, type Receipt, type Running } from '@millrace/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Metrics } from './metrics.ts'
import { problem } from './problems.ts'
import { RequestError } from './request-error.ts'

const JSON_TYPE = 'application/json; charset=utf-8'
export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** The commands that clients may send, each with its aggregate. */
export const publicCommands = ({ app }: Running): readonly { readonly type: string; readonly aggregate: Aggregate }[] =>
  app.aggregates.flatMap((aggregate) =>
    Object.keys(aggregate.commands)
      .filter((type) => !aggregate.internal.has(type))
      .map((type) => ({ type, aggregate })),
  )

/** `POST /commands/<Name>` and `GET /commands/<id>`. */
export function routeCommands(fastify: FastifyInstance, running: Running, metrics: Metrics): void {
  for (const { type } of publicCommands(running)) {
    fastify.post(`/commands/${type}`, (request, reply) => handle(type, request, reply))
  }

  fastify.post('/commands/:name', (request) => {
    const { name } = request.params as { readonly name: string }
    throw new MillraceError('COMMAND_UNKNOWN', `there is no command '${name}'; GET /openapi.json lists them`)
  })

  fastify.get('/commands/:id', async (request, reply) => {
    const { id } = request.params as { readonly id: string }
    const receipt = await running.outcome(id)
    if (receipt === undefined)
      return sendProblem(
        reply,
        404,
        'COMMAND_UNKNOWN',
        `no command with the id '${id.slice(0, 200)}' is known here; it may be too long ago`,
      )
    if (receipt === 'undecided')
      return reply
        .code(202)
        .type(JSON_TYPE)
        .send(JSON.stringify({ commandId: id }))
    return reply.type(JSON_TYPE).send(JSON.stringify(receipt))
  })

  async function handle(type: string, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { headers } = request
    const startMs = performance.now()
    const commandId = keyOf(headers['idempotency-key'])
    const traceparent = typeof headers['traceparent'] === 'string' ? headers['traceparent'].slice(0, 128) : undefined
    if (headers['prefer'] === 'respond-async') {
      const id = await running.submit(type, request.body, { commandId, traceparent })
      return undecided(reply, id)
    }
    try {
      const receipt = (await running.send(type, request.body, { commandId, traceparent })) as Receipt
      metrics.commandMs.observe(performance.now() - startMs)
      return await answer(reply, receipt)
    } catch (error) {
      if (error instanceof MillraceError && error.code === 'COMMAND_TIMEOUT') return undecided(reply, String(error.at['commandId']))
      throw error
    }
  }
}

function answer(reply: FastifyReply, receipt: Receipt): FastifyReply {
  if (receipt.outcome === 'accepted')
    return reply.type(JSON_TYPE).header('millrace-position', receipt.position).send(JSON.stringify(receipt))
  reply.header('millrace-position', receipt.position)
  if (receipt.outcome === 'rejected') {
    const { code, details } = receipt
    return sendProblem(reply, 409, code, `the command was rejected: ${code}`, { details, receipt })
  }
  return sendProblem(reply, 500, 'COMMAND_FAILED', 'the command could not be decided; it has changed nothing', {
    receipt: { ...receipt, message: 'see the server' },
  })
}

const undecided = (reply: FastifyReply, commandId: string): FastifyReply =>
  reply
    .code(202)
    .header('location', `/commands/${encodeURIComponent(commandId)}`)
    .type(JSON_TYPE)
    .send(JSON.stringify({ commandId }))

export const sendProblem = (
  reply: FastifyReply,
  status: number,
  code: string,
  detail: string,
  extensions: Readonly<Record<string, unknown>> = {},
): FastifyReply =>
  reply
    .code(status)
    .type(PROBLEM_TYPE)
    .send(JSON.stringify(problem(status, code, detail, extensions)))

/** `Idempotency-Key` as the command's id (a quoted string is taken without its quotes). */
function keyOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  const key = typeof header === 'string' ? header.replace(/^"(.*)"$/, '$1') : ''
  if (/^[\x21-\x7e]{1,200}$/.test(key)) return key
  throw new RequestError(400, 'IDEMPOTENCY_KEY_INVALID', 'Idempotency-Key: expected 1 to 200 visible ASCII characters, once')
}
