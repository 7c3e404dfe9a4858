import { MillraceError, REACTION_MARK, type Role, type Running, type Status } from '@millrace/core'
import type { FastifyInstance } from 'fastify'
import { JSON_TYPE } from './commands.ts'
import type { LiveSizes, Metrics } from './metrics.ts'
import { RequestError } from './request-error.ts'

export interface OperationsContext {
  readonly metrics: Metrics
  readonly live: LiveSizes
  /** The server has been told to stop: whoever spreads the load should look elsewhere. */
  readonly isClosing: () => boolean
}

/** For whoever operates the system: health, metrics, and the way of one command. */
export function routeOperations(fastify: FastifyInstance, running: Running, { metrics, live, isClosing }: OperationsContext): void {
  fastify.get('/health/live', (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'alive' }))

  fastify.get('/health/ready', (_request, reply) => {
    const status = running.status()
    const waiting = waitingFor(running.role, status)
    if (isClosing()) waiting.push('the server is stopping')
    if (!status.ready && waiting.length === 0) waiting.push('the app is stopping, or has not read yet what was in the log at its start')
    const isReady = waiting.length === 0
    return reply
      .code(isReady ? 200 : 503)
      .header('cache-control', 'no-store')
      .send({ status: isReady ? 'ready' : 'not ready', role: running.role, waiting })
  })

  fastify.get('/metrics', (_request, reply) =>
    reply
      .header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(metrics.text(running, live)),
  )

  fastify.get('/trace/:id', (request, reply) => {
    const { id } = request.params as { readonly id: string }
    // As with the outcome: ids of reactors can be guessed.
    const found = id.startsWith(REACTION_MARK) ? undefined : running.trace(id)
    if (found === undefined) throw new RequestError('TRACE_UNKNOWN', 'the way of that command is not remembered')
    return reply
      .header('content-type', JSON_TYPE)
      .header('cache-control', 'no-store')
      .send(JSON.stringify({ commandId: id, ...found }))
  })
}

/** As `Status.ready` has it. Says codes, not messages: those may name files. */
function waitingFor(instance: Role, { log, store, shards, projections }: Status): string[] {
  const isLogMissed = log.state === 'stopped' || (log.state === 'unavailable' && instance !== 'read')
  const isStoreMissed = store.state !== 'ok' && instance !== 'write'
  return [
    ...(isLogMissed ? [`the log is ${log.state} (${codeOf(log.error)})`] : []),
    ...(isStoreMissed ? [`the read store is ${store.state} (${codeOf(store.error)})`] : []),
    ...shards.filter(({ state }) => state !== 'ready').map(({ partition, state }) => `shard ${partition} is ${state}`),
    ...projections
      .filter(({ role, state }) => instance !== 'write' && role === 'serving' && state !== 'live')
      .map(({ name, state, behind }) => `read model ${name} is ${state}, ${behind} records behind`),
  ]
}

const codeOf = (error: Error): string => (error instanceof MillraceError ? error.code : 'unknown reason')
