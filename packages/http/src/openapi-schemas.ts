import { errorCodes, type Schema } from '@millrace/core'
import { requestCodes } from './request-error.ts'

export type JsonObject = Record<string, unknown>

/** What the validator says of itself, where it can (Standard JSON Schema); else anything. */
export function jsonSchemaOf(schema: Schema, side: 'input' | 'output'): JsonObject {
  try {
    const { $schema: _, ...rest } = schema['~standard'].jsonSchema?.[side]({ target: 'draft-2020-12' }) ?? {}
    return rest
  } catch {
    return {} // a transform or a custom type has no JSON Schema
  }
}

export const problems = (description: string): JsonObject => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
})

/** Of what only instances with another role do. */
export const elsewhere: JsonObject = problems('This instance has the role `write`: ask one that has the role `read`, or `all`.')

export const text = { schema: { type: 'string' } }

export const content = (description: string, type: string): JsonObject => ({ description, content: { [type]: text } })

export const json = (description: string, schema: JsonObject, headers?: JsonObject): JsonObject => ({
  description,
  ...(headers && { headers }),
  content: { 'application/json': { schema } },
})

const issues = {
  type: 'array',
  description: 'What is wrong with the input, rule by rule.',
  items: { type: 'object', required: ['path', 'message'], properties: { path: { type: 'string' }, message: { type: 'string' } } },
}

const problem = {
  type: 'object',
  description: 'A problem document (RFC 9457).',
  required: ['type', 'title', 'status', 'detail', 'code'],
  properties: {
    type: { type: 'string', description: '`urn:millrace:error:<code>`' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'For people.' },
    code: { anyOf: [{ $ref: '#/components/schemas/ErrorCode' }, { type: 'string', description: 'A rejection code of the app.' }] },
    details: { type: 'object', description: 'What a rejection says beside its code.' },
    issues,
    position: { type: 'string', description: 'How far the read model was (`QUERY_STALE`).' },
    receipt: { $ref: '#/components/schemas/Receipt' },
  },
}

const receipt = {
  type: 'object',
  description: 'The answer to a command.',
  required: ['commandId', 'outcome', 'events', 'position'],
  properties: {
    commandId: { type: 'string' },
    outcome: { enum: ['accepted', 'rejected', 'failed'] },
    events: {
      type: 'array',
      items: { type: 'object', required: ['type', 'data'], properties: { type: { type: 'string' }, data: { type: 'object' } } },
    },
    position: { type: 'string', description: 'Opaque. Pass it on as Millrace-After to see what the command did.' },
    code: { type: 'string', description: 'Why it was rejected.' },
    details: { type: 'object' },
    message: { type: 'string', description: 'Where it failed.' },
  },
}

const trace = {
  type: 'object',
  required: ['commandId', 'type', 'steps'],
  properties: {
    commandId: { type: 'string' },
    type: { type: 'string' },
    steps: {
      type: 'array',
      items: {
        type: 'object',
        required: ['step', 'atMs'],
        properties: { step: { type: 'string' }, atMs: { type: 'number', description: 'Epoch milliseconds.' } },
      },
    },
  },
}

const parked = {
  type: 'object',
  required: ['count', 'commands', 'events'],
  properties: {
    count: { type: 'integer', description: 'How many commands this process has seen passed over.' },
    commands: {
      type: 'array',
      maxItems: 1_000,
      description: 'What other clients wrote into the log and is no command: it was passed over. The latest, newest first.',
      items: {
        type: 'object',
        required: ['topic', 'partition', 'offset', 'timeMs', 'reason'],
        properties: {
          topic: { const: 'commands' },
          partition: { type: 'integer' },
          offset: { type: 'integer', description: 'Where it lies in the partition.' },
          timeMs: { type: 'number', description: 'Epoch milliseconds.' },
          reason: { type: 'string', description: 'For an operator. Nothing of the command’s data.' },
          commandId: { type: 'string', description: 'Its id, where it has one that a command may have.' },
          type: { type: 'string', description: 'The type it names.' },
          key: { type: 'string', description: 'Its record key.' },
        },
      },
    },
    events: {
      type: 'array',
      description: 'Keys whose event a read model or a reactor could not handle: all that follows for them waits for an operator.',
      items: {
        type: 'object',
        required: ['reader', 'kind', 'partition', 'key', 'offset', 'type', 'sinceMs', 'attempts', 'reason'],
        properties: {
          reader: { type: 'string', description: 'The projection or reactor.' },
          kind: { enum: ['projection', 'reactor'] },
          version: { type: 'string', description: 'Of a projection: which build.' },
          partition: { type: 'integer' },
          key: { type: 'string' },
          offset: { type: 'integer', description: 'Of the first event that waits.' },
          type: { type: 'string', description: 'Of that event.' },
          waiting: { type: 'integer', description: 'How many events wait. Of a reactor they are not counted.' },
          sinceMs: { type: 'number', description: 'Epoch milliseconds.' },
          attempts: { type: 'integer', description: 'How often that event has been tried.' },
          reason: { type: 'string', description: 'For an operator: what was thrown.' },
        },
      },
    },
  },
}

const errorCode = {
  type: 'string',
  description: 'Stable: never renamed.',
  enum: [...new Set([...errorCodes, ...Object.keys(requestCodes)])].sort(),
}
const undecided = { type: 'object', required: ['commandId'], properties: { commandId: { type: 'string' } } }
const health = {
  type: 'object',
  required: ['status', 'role', 'waiting'],
  properties: {
    status: { type: 'string' },
    role: { enum: ['all', 'write', 'read'], description: 'What this instance does: decide commands, answer queries, or both.' },
    waiting: { type: 'array', items: { type: 'string' } },
  },
}

const readModels: JsonObject = {
  type: 'object',
  required: ['readModels'],
  properties: {
    readModels: {
      type: 'array',
      items: {
        type: 'object',
        required: ['projection', 'version', 'role', 'state', 'behind', 'perSecond', 'parked', 'secondsLeft', 'position'],
        properties: {
          projection: { type: 'string' },
          version: { type: 'string', description: "The projection's version; with a number behind a dot where it was built again." },
          role: { enum: ['serving', 'building', 'kept'] },
          state: { enum: ['building', 'live', 'stopped'] },
          behind: { type: 'integer', description: 'Records of events it has not come to yet.' },
          perSecond: { type: 'integer', description: 'Records it took in a second, lately.' },
          parked: { type: 'integer', description: 'Keys whose events it could not handle: they wait for an operator.' },
          secondsLeft: { type: ['integer', 'null'], description: 'Until it has caught up, at that pace.' },
          position: { type: 'string' },
          error: { type: 'string', description: 'The code of what stopped it.' },
        },
      },
    },
  },
}

export const schemas: JsonObject = {
  Problem: problem,
  ErrorCode: errorCode,
  Receipt: receipt,
  Undecided: undecided,
  Trace: trace,
  Parked: parked,
  Health: health,
  ReadModels: readModels,
}

export const refTo = (name: 'Receipt' | 'Undecided' | 'Trace' | 'Parked' | 'Health' | 'ReadModels'): JsonObject => ({
  $ref: `#/components/schemas/${name}`,
})
