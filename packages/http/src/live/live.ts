import { fromText, MillraceError, type Running } from '@millrace/core'
import type { FastifyInstance } from 'fastify'
import { requireQueries } from '../elsewhere.ts'
import { ageOf, lastEventId, positionOf, requireShortUrl } from '../queries.ts'
import { fieldKinds, toQueryInput, type FieldKinds } from '../query-input.ts'
import { RequestError } from '../request-error.ts'
import { fromEventId } from './event-id.ts'
import type { LiveStreams } from './live-streams.ts'
import type { WatchRequest } from './watches.ts'

/** `GET /live?watch=<name>?<input>&watch=…`: several live queries over one connection. */
export function routeLive(
  fastify: FastifyInstance,
  running: Running,
  { streams, maxWatches }: { readonly streams: LiveStreams; readonly maxWatches: number },
): void {
  const queries = new Map<string, FieldKinds>(
    running.app.projections.flatMap((each) => Object.entries(each.queries).map(([name, query]) => [name, fieldKinds(query)] as const)),
  )

  fastify.get('/live', { exposeHeadRoute: false }, (request, reply) => {
    requireShortUrl(request)
    // Over a stream each watch would be told for itself.
    requireQueries(running)
    const { watch, after: inUrl, maxAgeMs: ageInUrl } = request.query as Readonly<Record<string, string | string[] | undefined>>
    const watches = typeof watch === 'string' ? [watch] : (watch ?? [])
    if (watches.length === 0) {
      throw new RequestError('PARAMETER_INVALID', 'watch: expected <query>?<input>, percent-encoded, once for each query to watch')
    }
    if (watches.length > maxWatches) {
      throw new RequestError('PARAMETER_INVALID', `watch: given ${watches.length} times; one connection takes ${maxWatches}, open another`)
    }
    const after = positionOf(request.headers['millrace-after'] ?? inUrl)
    if (after !== undefined && fromText(after) === undefined) {
      throw new MillraceError('POSITION_INVALID', 'after: no position; pass one from a receipt or an answer, unchanged')
    }
    const maxAgeMs = ageOf(request.headers['millrace-max-age'] ?? ageInUrl)
    const resumes = fromEventId(lastEventId(request.headers), watches.length)
    streams.openMany(
      watches.map((each, at) => ({ ...toWatch(each, queries), after, maxAgeMs, resume: resumes[at]! })),
      reply,
    )
  })
}

function toWatch(text: string, queries: ReadonlyMap<string, FieldKinds>): Pick<WatchRequest, 'name' | 'input'> {
  const end = text.indexOf('?')
  const name = end < 0 ? text : text.slice(0, end)
  const search = end < 0 ? '' : text.slice(end + 1)
  return {
    name,
    input: () => {
      const kinds = queries.get(name)
      if (kinds === undefined) {
        throw new MillraceError('QUERY_UNKNOWN', `there is no query '${name.slice(0, 200)}'; GET /openapi.json lists them`)
      }
      return toQueryInput(parametersOf(search), kinds)
    },
  }
}

/** As a query string is read elsewhere: what is given more than once is a list. */
function parametersOf(search: string): Readonly<Record<string, string | readonly string[]>> {
  const parameters = Object.create(null) as Record<string, string | readonly string[]>
  for (const [name, value] of new URLSearchParams(search)) {
    const known = parameters[name]
    parameters[name] = known === undefined ? value : [...(typeof known === 'string' ? [known] : known), value]
  }
  return parameters
}
