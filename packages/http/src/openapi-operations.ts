/** The paths that every app has: outcomes, health, and what is for operators. */
import { content, elsewhere, json, problems, refTo, text, type JsonObject } from './openapi-schemas.ts'
import { isForOperators } from './operator-gate.ts'

const id = { name: 'id', in: 'path', required: true, description: "The command's id.", ...text }

interface Operation extends JsonObject {
  readonly responses: JsonObject
}
type Path = Readonly<Record<string, Operation>>

const operation = (operationId: string, summary: string, responses: JsonObject, parameters: readonly JsonObject[] = []): Path => ({
  get: { operationId, tags: [operationId === 'outcome' ? 'commands' : 'operations'], summary, parameters, responses },
})
/** What is done with a read model. */
const action = (name: string, summary: string, responses: JsonObject): Path => ({
  post: {
    operationId: name,
    tags: ['operations'],
    summary,
    parameters: [{ name: 'projection', in: 'path', required: true, schema: { type: 'string' } }],
    requestBody: { required: true, content: { 'application/json': { schema: { type: 'object' } } } },
    responses: { ...responses, 404: problems('There is no such projection, or no build that served before.'), 421: elsewhere },
  },
})
/** What an operator decides of parked keys. */
const decision = (operationId: string, summary: string, fields: JsonObject): Path => ({
  post: {
    operationId,
    tags: ['operations'],
    summary,
    description: 'It is kept in the log, with who decided and why, and every reader does it in every instance.',
    requestBody: {
      required: true,
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['reader', 'by', 'why', ...(operationId === 'skipParked' ? Object.keys(fields) : [])],
            properties: {
              reader: { type: 'string', description: 'The projection or reactor.' },
              ...fields,
              by: { type: 'string', minLength: 1, maxLength: 1_000, description: 'Who decided.' },
              why: { type: 'string', minLength: 1, maxLength: 1_000, description: 'Why.' },
            },
          },
        },
      },
    },
    responses: {
      200: json('It is in the log; `position` is what a query needs to see its effect.', {
        type: 'object',
        required: ['keys', 'position'],
        properties: { keys: { type: 'integer', description: 'How many keys it is about.' }, position: { type: 'string' } },
      }),
      404: problems('Nothing of that is parked.'),
      415: problems('No JSON.'),
      422: problems('Not valid, with every issue.'),
      503: problems('The log is away, or the server is stopping.'),
    },
  },
})

const operations: Readonly<Record<string, Path>> = {
  '/commands/{id}': operation(
    'outcome',
    'The answer to a command',
    {
      200: json('The answer: accepted, rejected or failed.', refTo('Receipt')),
      202: json('Not decided yet.', refTo('Undecided')),
      404: problems('No such command is known, it is too long ago, or it was passed over as none that the app decides.'),
    },
    [id],
  ),
  '/trace/{id}': operation(
    'trace',
    'The way of a recent command',
    { 200: json('Its steps.', refTo('Trace')), 404: problems('It is not remembered.') },
    [id],
  ),
  '/ops/parked': operation('parked', 'What could not be handled: commands that were passed over, and keys whose events wait', {
    200: json('As it is known here.', refTo('Parked')),
  }),
  '/ops/parked/retry': decision('retryParked', 'Has the events of parked keys handled again, in order', {
    key: { type: 'string', description: 'One key; or `all`.' },
    all: { const: true, description: 'All that are known here.' },
  }),
  '/ops/parked/skip': decision('skipParked', 'Passes over the first event that waits of a parked key, for good', {
    key: { type: 'string' },
    offset: { type: 'integer', minimum: 0, description: 'Of that event: where it waits for another one, nothing is done.' },
  }),
  '/ops/read-models': operation('readModels', 'The builds of read models, and how far they are', {
    200: json('All of them.', refTo('ReadModels')),
    421: elsewhere,
  }),
  ...Object.fromEntries(
    (
      [
        ['rebuild', 'Builds a read model anew, beside the one that serves', 202],
        ['roll-back', 'Lets the build that served before serve again', 200],
        ['remove-kept', 'Removes the build that served before', 200],
      ] as const
    ).map(([name, summary, status]) => [
      `/ops/read-models/{projection}/${name}`,
      action(name, summary, { [status]: json('The builds as they are now.', refTo('ReadModels')) }),
    ]),
  ),
  '/ops/read-models/{projection}/verify': action('verify', 'Whether a read model is what the log says', {
    200: content('Progress, line by line, then `verified` or `failed`.', 'application/x-ndjson'),
    409: problems('Another one is being verified.'),
  }),
  '/health/live': operation('live', 'Whether the process is alive', { 200: json('It is.', { type: 'object' }) }),
  '/health/ready': operation('ready', 'Whether it can do its work', {
    200: json('It can.', refTo('Health')),
    503: json('Not yet, or no more; the body says what is missing.', refTo('Health')),
  }),
  '/metrics': operation('metrics', "Metrics in Prometheus' text format", { 200: content('Metrics.', 'text/plain') }),
  '/openapi.json': operation('openapi', 'This document', { 200: json('OpenAPI 3.1.', { type: 'object' }) }),
  '/docs': operation('docs', 'This document, to read', { 200: content('A page.', 'text/html') }),
}

export const securitySchemes: JsonObject = {
  operatorKey: { type: 'http', scheme: 'bearer', description: 'The key for operations that the server was given (`MILLRACE_OPS_KEY`).' },
}

/** What is for operators says what it takes: the key, or a caller on the server's own machine. */
export function operationPaths(isKeyed: boolean): JsonObject {
  const also = isKeyed ? { security: [{ operatorKey: [] }] } : {}
  const refused = isKeyed
    ? { 401: problems('The key is missing or wrong.') }
    : { 403: problems('From another machine, through a proxy, or from a page of another site: that takes a key, and none is set.') }
  const guard = (each: Operation): Operation => ({ ...each, ...also, responses: { ...each.responses, ...refused } })
  const guardAll = (methods: Path): Path => Object.fromEntries(Object.entries(methods).map(([method, each]) => [method, guard(each)]))
  return Object.fromEntries(Object.entries(operations).map(([path, methods]) => [path, isForOperators(path) ? guardAll(methods) : methods]))
}
