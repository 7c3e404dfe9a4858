import { MillraceError, REACTION_MARK, type Aggregate, type Receipt, type Running } from '@millrace/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Metrics } from './metrics.ts'
import { problem } from './problems.ts'
import { RequestError, requestCodes } from './request-error.ts'
import { sendProblem } from './send-problem.ts'
import { Turn } from './turn.ts'

export const JSON_TYPE = 'application/json; charset=utf-8'

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
    throw new MillraceError('COMMAND_UNKNOWN', `there is no command '${name.slice(0, 200)}'; GET /openapi.json lists them`)
  })

  fastify.get('/commands/:id', async (request, reply) => {
    const { id } = request.params as { readonly id: string }
    // Whoever knows an id may ask, so an id is a secret of its sender's. Those of reactors can be guessed.
    const isReaction = id.startsWith(REACTION_MARK)
    const receipt = isReaction ? undefined : await running.outcome(id)
    if (receipt === undefined) throw isReaction ? unknown(id) : (passedOver(running, id) ?? unknown(id))
    reply.header('content-type', JSON_TYPE).header('cache-control', 'no-store')
    if (receipt === 'undecided') return reply.code(202).send(JSON.stringify({ commandId: id }))
    return reply.send(JSON.stringify(toStranger(receipt)))
  })

  const turn = new Turn()

  /** Not async: what an async handler returns is waited for, and a reply is a promise of its own end. */
  function handle(type: string, request: FastifyRequest, reply: FastifyReply): void {
    const { headers, body } = request
    // A request that names no type and has no body comes past the parsers.
    if (body === undefined) throw new RequestError('NOT_JSON', 'send JSON, with Content-Type: application/json')
    const startMs = performance.now()
    const commandId = keyOf(headers['idempotency-key'])
    const traceparent = typeof headers['traceparent'] === 'string' ? headers['traceparent'].slice(0, 128) : undefined
    const fail = (error: unknown): void => {
      if (error instanceof MillraceError && error.code === 'COMMAND_TIMEOUT') undecided(reply, String(error.at['commandId']))
      else reply.send(error)
    }
    const options = { commandId, traceparent }
    const isAsync = headers['prefer'] !== undefined && prefersAsync(headers['prefer'])
    turn.add(() => {
      const answered = isAsync
        ? running.submit(type, body, options).then((id) => undecided(reply, id))
        : running.send(type, body, options).then((receipt) => {
            metrics.commandMs.observe(performance.now() - startMs)
            answer(reply, receipt)
          })
      answered.catch(fail)
    })
  }
}

const unknown = (id: string): MillraceError =>
  new MillraceError('COMMAND_UNKNOWN', `no command with the id '${id.slice(0, 200)}' is known here; it may be too long ago`)

/** Another client wrote it into the log, and it was none that can be decided. Why is for operators. */
function passedOver(running: Running, id: string): MillraceError | undefined {
  const found = running.parked().commands.find(({ commandId }) => commandId === id)
  if (found === undefined) return undefined
  const { partition, offset } = found
  return new MillraceError(
    'COMMAND_UNKNOWN',
    `the command with the id '${id.slice(0, 200)}' (partition ${partition}, offset ${offset}) is none that this app decides: it was passed over. GET /ops/parked tells operators why; mended, it can be sent again under the same id`,
    { at: { partition, offset } },
  )
}

function answer(reply: FastifyReply, receipt: Receipt): void {
  reply.header('millrace-position', receipt.position)
  if (receipt.outcome === 'accepted') {
    reply.header('content-type', JSON_TYPE).send(JSON.stringify(receipt))
  } else if (receipt.outcome === 'rejected') {
    const { code, details } = receipt
    sendProblem(reply, problem(409, code, `the command was rejected: ${code}`, { details, receipt }))
  } else {
    const [status, meaning] = requestCodes.COMMAND_FAILED
    sendProblem(reply, problem(status, 'COMMAND_FAILED', meaning, { receipt: toStranger(receipt) }))
  }
}

/** What `decide` threw is for the operator alone. */
const toStranger = (receipt: Receipt): Receipt =>
  receipt.outcome === 'failed' ? { ...receipt, message: "the server's log has the reason" } : receipt

const undecided = (reply: FastifyReply, commandId: string): unknown =>
  reply
    .code(202)
    .header('location', `/commands/${encodeURIComponent(commandId)}`)
    .header('content-type', JSON_TYPE)
    .send(JSON.stringify({ commandId }))

/** `Prefer` (RFC 7240) is a list; only `respond-async` in it means something here. */
const prefersAsync = (prefer: string | readonly string[]): boolean => /(^|,)\s*respond-async\s*($|[,;])/i.test(String(prefer))

/** `Idempotency-Key` as the command's id (a quoted string is taken without its quotes). */
function keyOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined
  const key = typeof header === 'string' ? header.replace(/^"(.*)"$/, '$1') : ''
  if (/^[\x21-\x7e]{1,200}$/.test(key)) return key
  throw new RequestError('IDEMPOTENCY_KEY_INVALID', 'Idempotency-Key: expected 1 to 200 visible ASCII characters, once')
}
