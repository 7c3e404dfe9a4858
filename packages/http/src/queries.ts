import { MillraceError, type Running } from '@millrace/core'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { toResume } from './live/event-id.ts'
import type { LiveStreams } from './live/live-streams.ts'
import type { Metrics } from './metrics.ts'
import { fieldKinds, toQueryInput, type FieldKinds } from './query-input.ts'
import { RequestError } from './request-error.ts'

const MAX_URL_CHARACTERS = 8_192

/** `GET /queries/<name>`, once or live. */
export function routeQueries(
  fastify: FastifyInstance,
  running: Running,
  { streams, metrics, timeoutMs }: { readonly streams: LiveStreams; readonly metrics: Metrics; readonly timeoutMs: number | undefined },
): void {
  for (const projection of running.app.projections) {
    for (const [name, query] of Object.entries(projection.queries)) {
      const kinds = fieldKinds(query)
      fastify.get(`/queries/${name}`, (request, reply) => handle(name, kinds, request, reply))
    }
  }

  fastify.get('/queries/:name', (request) => {
    const { name } = request.params as { readonly name: string }
    throw new MillraceError('QUERY_UNKNOWN', `there is no query '${name.slice(0, 200)}'; GET /openapi.json lists them`)
  })

  /** Not async: what an async handler returns is waited for, and a reply is a promise of its own end. */
  function handle(name: string, kinds: FieldKinds, request: FastifyRequest, reply: FastifyReply): void {
    const { headers, query } = request
    requireShortUrl(request)
    const parameters = query as Readonly<Record<string, string | string[]>>
    const after = positionOf(headers['millrace-after'] ?? parameters['after'])
    const maxAgeMs = ageOf(headers['millrace-max-age'] ?? parameters['maxAgeMs'])
    const asOf = momentOf(parameters['asOf'])
    const input = toQueryInput(parameters, kinds)
    const fail = (error: unknown): void => void reply.send(error)
    if (headers.accept?.includes('text/event-stream') === true && request.method === 'GET') {
      if (asOf !== undefined) throw new RequestError('PARAMETER_INVALID', 'asOf: a live query is of now; ask once for what was')
      streams.openOne(name, input, { ...toResume(after, lastEventId(headers), timeoutMs), maxAgeMs }, reply).catch(fail)
      return
    }
    const startMs = performance.now()
    running
      .answer(name, input, { after, maxAgeMs, asOf, timeoutMs })
      .then(({ json, position, etag, ageMs }) => {
        metrics.queryMs.observe(performance.now() - startMs)
        reply.header('millrace-position', position).header('etag', etag).header('cache-control', 'no-cache').header('vary', 'accept')
        if (Number.isFinite(ageMs)) reply.header('millrace-age', Math.ceil(ageMs))
        if (headers['if-none-match'] !== undefined && isKnown(headers['if-none-match'], etag)) reply.code(304).send()
        else reply.header('content-type', 'application/json; charset=utf-8').send(json)
      })
      .catch(fail)
  }
}

/** A position, a time as RFC 3339 has it, or epoch milliseconds. */
function momentOf(value: string | string[] | undefined): string | number | undefined {
  if (value === undefined || value === '') return undefined
  if (typeof value !== 'string') throw new RequestError('PARAMETER_INVALID', 'asOf was given more than once')
  if (/^\d{1,16}$/.test(value)) return Number(value)
  if (!/^\d{4}-\d\d-\d\dT/.test(value)) return value
  const timeMs = Date.parse(value)
  if (Number.isNaN(timeMs)) throw new RequestError('PARAMETER_INVALID', 'asOf: expected a position, or a time such as 2026-01-31T18:00:00Z')
  return timeMs
}

export function requireShortUrl({ url }: FastifyRequest): void {
  if (url.length > MAX_URL_CHARACTERS) throw new RequestError('URL_TOO_LONG', `the URL has more than ${MAX_URL_CHARACTERS} characters`)
}

export const lastEventId = (headers: FastifyRequest['headers']): string => {
  const id = headers['last-event-id']
  return typeof id === 'string' ? id : ''
}

export function positionOf(value: string | string[] | undefined): string | undefined {
  if (value === undefined || value === '') return undefined
  if (typeof value === 'string') return value
  throw new RequestError('PARAMETER_INVALID', 'the position to wait for was given more than once')
}

export function ageOf(value: string | string[] | undefined): number | undefined {
  if (value === undefined || value === '') return undefined
  if (typeof value === 'string' && /^\d{1,12}$/.test(value)) return Number(value)
  throw new RequestError('PARAMETER_INVALID', 'the greatest age is not one whole number of milliseconds')
}

/** `If-None-Match` is one ETag, several, or `*` (RFC 9110, 13.1.2). */
const isKnown = (header: string, etag: string): boolean =>
  header === etag ||
  header === '*' ||
  header
    .split(',')
    .map((each) => each.trim().replace(/^W\//, ''))
    .includes(etag)
