import type { Running } from '@millrace/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { LiveStreams } from './live-streams.ts'
import type { Metrics } from './metrics.ts'
import { toQueryInput, type FieldKinds, fieldKinds } from './query-input.ts'
import { RequestError } from './request-error.ts'

/** `GET /queries/<name>`, once or live. */
export function routeQueries(fastify: FastifyInstance, running: Running, streams: LiveStreams, metrics: Metrics): void {
  for (const projection of running.app.projections) {
    for (const [name, query] of Object.entries(projection.queries)) {
      const kinds = fieldKinds(query)
      fastify.get(`/queries/${name}`, (request, reply) => handle(name, kinds, request, reply))
    }
  }

  fastify.get('/queries/:name', (request) => {
    const { name } = request.params as { readonly name: string }
    throw new RequestError(404, 'QUERY_UNKNOWN', `there is no query '${name}'; GET /openapi.json lists them`)
  })

  async function handle(name: string, kinds: FieldKinds, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { headers, query } = request
    const parameters = query as Readonly<Record<string, string | string[]>>
    const after = positionOf(headers['millrace-after'] ?? parameters['after'])
    const input = toQueryInput(parameters, kinds)
    if (headers.accept === 'text/event-stream') {
      const resume = positionOf(headers['last-event-id'])
      return streams.open(name, input, { after, resume }, reply)
    }
    const startMs = performance.now()
    const { json, position, etag } = await running.answer(name, input, after === undefined ? {} : { after })
    metrics.queryMs.observe(performance.now() - startMs)
    reply.header('millrace-position', position).header('etag', etag).header('cache-control', 'no-cache')
    if (headers['if-none-match'] === etag) return reply.code(304).send()
    return reply.header('content-type', 'application/json; charset=utf-8').send(json)
  }
}

function positionOf(value: string | string[] | undefined): string | undefined {
  if (value === undefined || value === '') return undefined
  if (typeof value === 'string') return value
  throw new RequestError(400, 'POSITION_INVALID', 'the position to wait for was given more than once')
}
