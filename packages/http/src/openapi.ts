import type { Projection, Query, Running, Schema } from '@millrace/core'
import { publicCommands } from './commands.ts'
import { operationPaths, securitySchemes } from './openapi-operations.ts'
import { content, elsewhere, json, jsonSchemaOf, problems, refTo, schemas, text, type JsonObject } from './openapi-schemas.ts'

const position = { description: 'How far it goes. Opaque; pass it on as Millrace-After.', ...text }
const after = {
  name: 'Millrace-After',
  in: 'header',
  description: 'Wait until the read model has come to this position (of a receipt or an answer).',
  ...text,
}
const afterInUrl = { ...after, name: 'after', in: 'query', description: 'As Millrace-After, for EventSource, which cannot set headers.' }
const maxAge = {
  name: 'Millrace-Max-Age',
  in: 'header',
  description: 'Milliseconds. Wait until all that was in the log so long before the query is in the read model; 0: all there is.',
  schema: { type: 'integer', minimum: 0 },
}
const maxAgeInUrl = { ...maxAge, name: 'maxAgeMs', in: 'query', description: 'As Millrace-Max-Age.' }
const asOf = {
  name: 'asOf',
  in: 'query',
  description: 'As it was at this position, or at this time (RFC 3339, or epoch milliseconds). Not with text/event-stream.',
  ...text,
}
const age = {
  description: 'Milliseconds. All that was in the log so long ago is in the answer. Missing where that is not known.',
  schema: { type: 'integer' },
}
const lastEventId = { ...after, name: 'Last-Event-ID', description: 'Live: go on after the change with this id.' }
const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  description: "The command's id (default: a random one). Sent again with the same key, it is answered as the first time.",
  schema: { type: 'string', minLength: 1, maxLength: 200 },
}
const prefer = {
  name: 'Prefer',
  in: 'header',
  description: '`respond-async`: answer as soon as the command is durable, decided or not.',
  ...text,
}

export interface OpenApiOptions {
  /** Of the app. */
  readonly version: string
  /** Queries that one live connection takes. */
  readonly maxWatches: number
  /** Whether operations take a key. */
  readonly isKeyed: boolean
}

/** The whole surface as OpenAPI 3.1, from the schemas that check it. */
export function openApi(running: Running, { version, maxWatches, isKeyed }: OpenApiOptions): JsonObject {
  const { app } = running
  const paths: JsonObject = {}
  for (const { type, aggregate } of publicCommands(running)) {
    paths[`/commands/${type}`] = { post: commandOperation(type, aggregate.name, aggregate.commands[type]!, aggregate.rejections) }
  }
  for (const projection of app.projections) {
    for (const [name, query] of Object.entries(projection.queries))
      paths[`/queries/${name}`] = { get: queryOperation(name, projection, query) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: app.name,
      version,
      description:
        'Commands are answered once they are decided and durable. Queries answer from read models; give the position of a receipt to see what it did.',
    },
    servers: [{ url: '/' }],
    tags: [{ name: 'commands' }, { name: 'queries' }, { name: 'operations' }],
    paths: { ...paths, '/live': { get: liveOperation(maxWatches) }, ...operationPaths(isKeyed) },
    components: { schemas, ...(isKeyed && { securitySchemes }) },
  }
}

function commandOperation(type: string, aggregate: string, schema: Schema, rejections: Readonly<Record<string, string>>): JsonObject {
  const codes = Object.entries(rejections)
  const rejected = problems(
    [
      'Rejected; nothing changed.',
      ...(codes.length > 0 ? ['Codes:'] : []),
      ...codes.map(([code, meaning]) => `- \`${code}\`: ${meaning}`),
    ].join('\n'),
  )
  return {
    operationId: `send-${type}`,
    tags: ['commands'],
    summary: `${spaced(type)} (${aggregate})`,
    parameters: [idempotencyKey, prefer],
    requestBody: { required: true, content: { 'application/json': { schema: jsonSchemaOf(schema, 'input') } } },
    responses: {
      200: json('Accepted.', refTo('Receipt'), { 'Millrace-Position': position }),
      202: json('Durable, but not decided yet: ask for its outcome at Location.', refTo('Undecided'), { Location: text }),
      400: problems('The body is no JSON or nests too deep, or a header is wrong.'),
      409: rejected,
      413: problems('The body is too large.'),
      415: problems('The body is not application/json.'),
      422: problems('Not valid (every issue with its path), or the Idempotency-Key was used for another command.'),
      500: problems('The command could not be decided (`COMMAND_FAILED`, with its receipt), or the server failed.'),
      503: problems('Too busy, stopping, or the log is away. Retry-After says when to try again.'),
      507: problems('The log has no room.'),
    },
  }
}

/** Several live queries over one connection. */
const liveOperation = (maxWatches: number): JsonObject => ({
  operationId: 'live-queries',
  tags: ['queries'],
  summary: 'Several queries live, over one connection',
  description: [
    'Each `watch` is a query with its input as in its own URL, percent-encoded: `/live?watch=shows&watch=seatMap%3FshowId%3Da`.',
    'Events say which watch they are of, counted from 0: `0.snapshot`, `1.patch` (RFC 7396). `1.error` ends watch 1 alone; its data is a problem document.',
    'The id of any event resumes all watches, given back as Last-Event-ID with the same watches in the same order: where each of them is, with `~` between; what is left out is the same as before it, and `_` begins anew. A client that changes its watches puts the id together from these parts.',
    '`bye` comes before the server ends the connection; its data gives the reason: `stalled` (the client did not read), `stopping`, `stopped`, or `failed` (no watch is left).',
  ].join('\n\n'),
  parameters: [
    {
      name: 'watch',
      in: 'query',
      required: true,
      description: '`<query>?<input>`, once for each query.',
      schema: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: maxWatches },
    },
    after,
    afterInUrl,
    maxAge,
    maxAgeInUrl,
    { ...lastEventId, description: 'Go on after the event with this id, of this instance or another.' },
  ],
  responses: {
    200: content('Events, until one side ends it.', 'text/event-stream'),
    400: problems('No watch, too many of them, or a position that is none.'),
    414: problems('The URL is too long.'),
    421: elsewhere,
    503: problems('The server is stopping, or too many connections are live.'),
  },
})

function queryOperation(name: string, projection: Projection, { input, result }: Query): JsonObject {
  const { properties = {}, required = [] } = jsonSchemaOf(input, 'input') as {
    readonly properties?: Readonly<Record<string, JsonObject>>
    readonly required?: readonly string[]
  }
  const parameters = Object.entries(properties).map(([field, schema]) => ({
    name: field,
    in: 'query',
    required: required.includes(field),
    schema,
  }))
  return {
    operationId: `query-${name}`,
    tags: ['queries'],
    summary: `${spaced(name)} (${projection.name})`,
    description:
      'With `Accept: text/event-stream` it is live: a `snapshot`, then `patch`es (RFC 7396) or further snapshots, each with a position as its id. `bye` comes before the server ends it. Input that does not fit a query string goes in `input`, as JSON.',
    parameters: [...parameters, after, afterInUrl, maxAge, maxAgeInUrl, lastEventId, ...(projection.history === undefined ? [] : [asOf])],
    responses: {
      200: {
        description: 'The answer.',
        headers: { 'Millrace-Position': position, 'Millrace-Age': age, ETag: { description: 'For If-None-Match.', ...text } },
        content: { 'application/json': { schema: result === undefined ? {} : jsonSchemaOf(result, 'output') }, 'text/event-stream': text },
      },
      304: { description: 'Not changed since the ETag that was given in If-None-Match.' },
      400: problems('A position or parameter is not one.'),
      ...(projection.history !== undefined && { 410: problems('What was then is no longer kept.') }),
      414: problems('The URL is too long.'),
      421: elsewhere,
      422: problems('Not valid, with every issue.'),
      500: problems('The query failed.'),
      503: problems('The read model has stopped, the server is stopping, or too many queries are live.'),
      504: problems('The read model has not come to the position, or has not been new enough, in time; `position` says how far it is.'),
    },
  }
}

const spaced = (name: string): string =>
  name.replace(/([a-z])([A-Z])/g, (_match, one: string, other: string) => `${one} ${other.toLowerCase()}`)
