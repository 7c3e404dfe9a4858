import { MillraceError, type OperatorDecision, type Running } from '@millrace/core'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { JSON_TYPE } from './commands.ts'
import { RequestError } from './request-error.ts'

interface Issue {
  readonly path: string
  readonly message: string
}

/** For whoever operates the system: what could not be handled and waits, and what is to be done with it. */
export function routeParked(fastify: FastifyInstance, running: Running): void {
  fastify.get('/ops/parked', (_request, reply) => send(reply, { count: running.counters().parked, ...running.parked() }))

  fastify.post('/ops/parked/retry', async (request, reply) => {
    const { reader, key, all, ...decision } = fieldsOf(request.body, ({ key: one, all: every }) =>
      (one === undefined) === (every !== true) ? [{ path: 'key', message: 'expected one key, or "all": true' }] : keyIssues(one, every),
    )
    return send(reply, await running.retryParked({ reader, key: all ? undefined : key }, decision))
  })

  fastify.post('/ops/parked/skip', async (request, reply) => {
    const { reader, key, offset, ...decision } = fieldsOf(request.body, ({ key: one, offset: at }) => [
      ...keyIssues(one, false),
      ...(Number.isSafeInteger(at) && Number(at) >= 0 ? [] : [{ path: 'offset', message: 'expected that of the event to skip' }]),
    ])
    return send(reply, await running.skipParked({ reader, key, offset }, decision))
  })
}

const send = (reply: FastifyReply, value: object): FastifyReply =>
  reply.header('content-type', JSON_TYPE).header('cache-control', 'no-store').send(JSON.stringify(value))

interface Fields extends OperatorDecision {
  readonly reader: string
  readonly key: string
  readonly offset: number
  readonly all: boolean
}

const isText = (value: unknown): boolean => typeof value === 'string' && value.trim() !== ''

const keyIssues = (key: unknown, isAll: unknown): readonly Issue[] =>
  isAll === true || isText(key) ? [] : [{ path: 'key', message: 'expected a text' }]

/** A body of JSON is asked for, so that no page of another site can send it. */
function fieldsOf(body: unknown, issuesOf: (fields: Readonly<Record<string, unknown>>) => readonly Issue[]): Fields {
  if (body === undefined) throw new RequestError('NOT_JSON', 'send JSON, with Content-Type: application/json')
  const fields = (typeof body === 'object' && body !== null ? body : {}) as Readonly<Record<string, unknown>>
  const issues = [
    ...['reader', 'by', 'why'].filter((name) => !isText(fields[name])).map((path) => ({ path, message: 'expected a text' })),
    ...issuesOf(fields),
  ]
  if (issues.length === 0) return fields as unknown as Fields
  const said = issues.map(({ path, message }) => `${path}: ${message}`).join('; ')
  throw new MillraceError('COMMAND_INVALID', `this does not say what is to be done: ${said}`, { issues })
}
