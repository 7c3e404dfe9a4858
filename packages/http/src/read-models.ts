import { MillraceError, toText, type Running, type VerifyProgress } from '@millrace/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { JSON_TYPE } from './commands.ts'
import { requireReadModels } from './elsewhere.ts'
import { RequestError } from './request-error.ts'

/** Progress is told at most so often, in milliseconds. */
const PROGRESS_EVERY_MS = 200

/** For whoever operates the system: the builds of read models, and what can be done with them. */
export function routeReadModels(fastify: FastifyInstance, running: Running): void {
  fastify.get('/ops/read-models', (_request, reply) => sendList(reply, running))

  const actions = {
    rebuild: (name: string): Promise<unknown> => running.rebuild(name),
    'roll-back': (name: string): Promise<unknown> => running.rollBack(name),
    'remove-kept': (name: string): Promise<unknown> => running.removeKept(name),
  }
  for (const [action, act] of Object.entries(actions)) {
    fastify.post(`/ops/read-models/:projection/${action}`, async (request, reply) => {
      const done = act(nameOf(request, running))
      // Building takes as long as it takes: the list tells how far it is, and what stopped it.
      if (action === 'rebuild') done.catch((error: unknown) => request.log.error(error))
      else await done
      return sendList(reply.code(action === 'rebuild' ? 202 : 200), running)
    })
  }

  let isVerifying = false
  fastify.post('/ops/read-models/:projection/verify', async (request, reply) => {
    const name = nameOf(request, running)
    if (isVerifying) throw new RequestError('VERIFYING', 'another read model is being verified; wait for its end')
    isVerifying = true
    const gone = new AbortController()
    reply.raw.once('close', () => gone.abort(new Error('the client has gone')))
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' })
    const line = (value: object): void => void reply.raw.write(`${JSON.stringify(value)}\n`)
    try {
      line({ verified: await running.verify(name, { signal: gone.signal, onProgress: every(PROGRESS_EVERY_MS, line) }) })
    } catch (error) {
      // Messages may name files.
      line({ failed: error instanceof MillraceError ? error.code : 'INTERNAL' })
      if (!gone.signal.aborted) request.log.error(error)
    } finally {
      isVerifying = false
      reply.raw.end()
    }
  })
}

function sendList(reply: FastifyReply, running: Running): FastifyReply {
  requireReadModels(running)
  const readModels = running.status().projections.map(({ name, version, role, state, behind, perSecond, parked, position, error }) => ({
    projection: name,
    version,
    role,
    state,
    behind,
    perSecond,
    parked,
    secondsLeft: behind === 0 ? 0 : perSecond > 0 ? Math.ceil(behind / perSecond) : null,
    position: toText(position),
    ...(error !== undefined && { error: error instanceof MillraceError ? error.code : 'INTERNAL' }),
  }))
  return reply.header('content-type', JSON_TYPE).header('cache-control', 'no-store').send(JSON.stringify({ readModels }))
}

/** A body of JSON, `{}`, is asked for so that no page of another site can send it. */
function nameOf(request: FastifyRequest, running: Running): string {
  const { app } = running
  if (request.body === undefined) throw new RequestError('NOT_JSON', 'send {}, with Content-Type: application/json')
  const { projection } = request.params as { readonly projection: string }
  requireReadModels(running)
  if (app.projections.some(({ name }) => name === projection)) return projection
  const known = app.projections.map(({ name }) => name).join(', ')
  throw new MillraceError('READ_MODEL_UNKNOWN', `there is no projection '${projection.slice(0, 200)}' (known: ${known})`)
}

function every(ms: number, tell: (progress: VerifyProgress) => void): (progress: VerifyProgress) => void {
  let next = 0
  return (progress) => {
    const now = performance.now()
    if (now < next) return
    next = now + ms
    tell(progress)
  }
}
