import type { Query, Running, Schema } from '@millrace/core'
import { publicCommands } from './commands.ts'

type JsonObject = Record<string, unknown>

const problems = (description: string): JsonObject => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
})

const after = {
  name: 'Millrace-After',
  in: 'header',
  description: 'Wait until the read model has come to this position (of a receipt or an answer).',
  schema: { type: 'string' },
}

/** The whole surface as OpenAPI 3.1, from the schemas that check it. */
export function openApi(running: Running, version: string): JsonObject {
  const { app } = running
  const paths: JsonObject = {}
  for (const { type, aggregate } of publicCommands(running))
    paths[`/commands/${type}`] = { post: commandOperation(type, aggregate.name, aggregate.commands[type]!, aggregate.rejections) }
  paths['/commands/{id}'] = {
    get: {
      operationId: 'outcome',
      tags: ['commands'],
      summary: 'The answer to a command',
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
      responses: {
        200: receipt('The answer.'),
        202: { description: 'Not decided yet.' },
        404: problems('No such command is known, or it is too long ago.'),
      },
    },
  }
  for (const projection of app.projections) {
    for (const [name, query] of Object.entries(projection.queries))
      paths[`/queries/${name}`] = { get: queryOperation(name, projection.name, query) }
  }
  paths['/health/live'] = {
    get: {
      operationId: 'live',
      tags: ['operations'],
      summary: 'Whether the process is alive',
      responses: { 200: { description: 'It is.' } },
    },
  }
  paths['/health/ready'] = {
    get: {
      operationId: 'ready',
      tags: ['operations'],
      summary: 'Whether it can do its work',
      responses: { 200: { description: 'It can.' }, 503: { description: 'Not yet, or no more; the body says what is missing.' } },
    },
  }
  paths['/metrics'] = {
    get: {
      operationId: 'metrics',
      tags: ['operations'],
      summary: 'Metrics in the text format of Prometheus',
      responses: { 200: { description: 'Metrics.', content: { 'text/plain': { schema: { type: 'string' } } } } },
    },
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
    paths,
    components: { schemas: { Problem: problemSchema, Receipt: receiptSchema } },
  }
}

function commandOperation(type: string, aggregate: string, schema: Schema, rejections: Readonly<Record<string, string>>): JsonObject {
  const codes = Object.entries(rejections).map(([code, meaning]) => `- \`${code}\`: ${meaning}`)
  return {
    operationId: type,
    tags: ['commands'],
    summary: `${spaced(type)} (${aggregate})`,
    parameters: [
      {
        name: 'Idempotency-Key',
        in: 'header',
        description: "The command's id. Sent again with the same key, it is answered as the first time.",
        schema: { type: 'string', maxLength: 200 },
      },
      {
        name: 'Prefer',
        in: 'header',
        description: '`respond-async`: answer as soon as the command is durable.',
        schema: { type: 'string' },
      },
    ],
    requestBody: { required: true, content: { 'application/json': { schema: jsonSchemaOf(schema, 'input') } } },
    responses: {
      200: receipt('Accepted.'),
      202: { description: 'Durable, but not decided yet: ask for its outcome at Location.' },
      400: problems('The request is no JSON, nests too deep, or a header is wrong.'),
      409: problems(codes.length > 0 ? `Rejected; nothing changed. Codes:\n${codes.join('\n')}` : 'Rejected; nothing changed.'),
      413: problems('The body is too large.'),
      422: problems('Not valid (every issue with its path), or the Idempotency-Key was used for another command.'),
      503: problems('Too busy, or the log is away. Retry-After says when to try again.'),
    },
  }
}

function queryOperation(name: string, projection: string, { input, result }: Query): JsonObject {
  const { properties = {}, required = [] } = jsonSchemaOf(input, 'input') as {
    properties?: Readonly<Record<string, JsonObject>>
    required?: readonly string[]
  }
  const parameters = Object.entries(properties).map(([field, schema]) => ({
    name: field,
    in: 'query',
    required: required.includes(field),
    schema,
  }))
  const schema = result === undefined ? {} : jsonSchemaOf(result, 'output')
  return {
    operationId: name,
    tags: ['queries'],
    summary: `${spaced(name)} (${projection})`,
    description:
      'With `Accept: text/event-stream` it is live: a `snapshot`, then `patch`es (RFC 7396) or further snapshots; `Last-Event-ID` resumes.',
    parameters: [...parameters, after],
    responses: {
      200: {
        description: 'The answer.',
        headers: {
          'Millrace-Position': { description: 'How far the read model was.', schema: { type: 'string' } },
          ETag: { schema: { type: 'string' } },
        },
        content: { 'application/json': { schema }, 'text/event-stream': { schema: { type: 'string' } } },
      },
      304: { description: 'Not changed since the ETag that was given.' },
      422: problems('Not valid, with every issue.'),
      504: problems('The read model has not come to the position in time.'),
    },
  }
}

const receipt = (description: string): JsonObject => ({
  description,
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Receipt' } } },
})

/** What the validator says of itself, where it can (Standard JSON Schema). */
function jsonSchemaOf(schema: Schema, side: 'input' | 'output'): JsonObject {
  const { $schema: _, ...rest } = schema['~standard'].jsonSchema?.[side]({ target: 'draft-2020-12' }) ?? {}
  return rest
}

const spaced = (name: string): string =>
  name.replace(/([a-z])([A-Z])/g, (_match, one: string, other: string) => `${one} ${other.toLowerCase()}`)

const problemSchema = {
  type: 'object',
  description: 'RFC 9457',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', description: 'Stable: a rejection code of the app, or an error code.' },
    details: { type: 'object', description: 'What a rejection says beside its code.' },
    issues: { type: 'array', items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } } } },
    receipt: { $ref: '#/components/schemas/Receipt' },
  },
}

const receiptSchema = {
  type: 'object',
  required: ['commandId', 'outcome', 'events', 'position'],
  properties: {
    commandId: { type: 'string' },
    outcome: { enum: ['accepted', 'rejected', 'failed'] },
    events: {
      type: 'array',
      items: { type: 'object', required: ['type', 'data'], properties: { type: { type: 'string' }, data: { type: 'object' } } },
    },
    position: { type: 'string', description: 'Opaque. Pass it on to see what the command did.' },
    code: { type: 'string' },
    details: { type: 'object' },
  },
}
