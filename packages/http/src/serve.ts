import type { Running } from '@millrace/core'
import Fastify, { type FastifyInstance } from 'fastify'
import { parseBody } from './body.ts'
import { PROBLEM_TYPE, routeCommands, sendProblem } from './commands.ts'
import { docsPage, docsStyle } from './docs-page.ts'
import { LiveStreams } from './live-streams.ts'
import { Metrics } from './metrics.ts'
import { openApi } from './openapi.ts'
import { retryAfterSeconds, toProblem } from './problems.ts'
import { routeQueries } from './queries.ts'

export interface ServeOptions {
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default 3000; 0 takes any free one. */
  readonly port?: number
  /** Default 64 KiB. */
  readonly maxBodyBytes?: number
  /** How deep JSON may nest (default 32). */
  readonly maxDepth?: number
  /** Live queries open at once (default 10,000). */
  readonly maxLiveStreams?: number
  /** The event loop may lag so far before commands are refused with 503 (default 1,000 ms). */
  readonly maxEventLoopDelayMs?: number
  /** The version that `/openapi.json` names (default '1'). */
  readonly version?: string
  /** An app's own routes and pages. */
  readonly extend?: (fastify: FastifyInstance) => void | Promise<void>
  /** Told what went wrong inside (default: nothing). */
  readonly onTrouble?: (error: unknown) => void
}

export interface Server extends AsyncDisposable {
  readonly url: string
  readonly fastify: FastifyInstance
  /** Ends the live queries, finishes what is being answered, and closes. Leaves the app running. */
  close(): Promise<void>
}

/** Serves an app over HTTP: commands in, queries out, live. */
export async function serve(running: Running, options: ServeOptions = {}): Promise<Server> {
  const {
    host = '127.0.0.1',
    port = 3_000,
    maxBodyBytes = 65_536,
    maxDepth = 32,
    maxLiveStreams = 10_000,
    maxEventLoopDelayMs = 1_000,
  } = options
  const fastify = Fastify({ bodyLimit: maxBodyBytes, forceCloseConnections: 'idle', routerOptions: { maxParamLength: 256 } })
  const metrics = new Metrics()
  const streams = new LiveStreams(running, metrics, maxLiveStreams)
  const shedding = shedWhenBusy(maxEventLoopDelayMs)

  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parseBody(body as string, maxDepth))
    } catch (error) {
      done(error as Error)
    }
  })
  fastify.setErrorHandler((error, _request, reply) => {
    const document = toProblem(error)
    if (document.status >= 500 && document.code === 'INTERNAL') options.onTrouble?.(error)
    const retryAfter = retryAfterSeconds(document.status)
    if (retryAfter !== undefined) reply.header('retry-after', retryAfter)
    return reply.code(document.status).type(PROBLEM_TYPE).send(JSON.stringify(document))
  })
  fastify.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      404,
      'NOT_FOUND',
      `there is nothing at ${request.method} ${request.url.slice(0, 200)}; GET /docs shows what there is`,
    ),
  )
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-content-type-options', 'nosniff')
    if (request.method === 'POST' && shedding.isBusy()) {
      metrics.shed++
      reply.header('retry-after', 1)
      sendProblem(reply, 503, 'OVERLOADED', 'this process is too busy to take commands; try again in a second')
      return
    }
    done()
  })

  routeCommands(fastify, running, metrics)
  routeQueries(fastify, running, streams, metrics)
  routeOperations(fastify, running, streams, metrics)
  routeDocs(fastify, running, options.version ?? '1')
  await options.extend?.(fastify)
  const url = await fastify.listen({ host, port })

  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    streams.close()
    shedding.close()
    metrics.close()
    await fastify.close()
  }
  return { url, fastify, close: () => (closing ??= close()), [Symbol.asyncDispose]: () => (closing ??= close()) }
}

function routeOperations(fastify: FastifyInstance, running: Running, streams: LiveStreams, metrics: Metrics): void {
  fastify.get('/health/live', (_request, reply) => reply.send({ status: 'alive' }))
  fastify.get('/health/ready', (_request, reply) => {
    const { ready, log, shards, projections } = running.status()
    const waiting = [
      ...(log.state === 'ok' ? [] : [`the log is away: ${log.error?.message ?? ''}`]),
      ...shards.filter(({ state }) => state !== 'ready').map(({ partition, state }) => `shard ${partition} is ${state}`),
      ...projections
        .filter(({ state }) => state !== 'live')
        .map(({ name, state, behind }) => `read model ${name} is ${state}, ${behind} records behind`),
    ]
    return reply.code(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not ready', waiting })
  })
  fastify.get('/metrics', (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(metrics.text(running, streams.size)),
  )
  fastify.get('/trace/:id', (request, reply) => {
    const { id } = request.params as { readonly id: string }
    const found = running.trace(id)
    if (found === undefined) return sendProblem(reply, 404, 'TRACE_UNKNOWN', 'the way of that command is not remembered')
    return reply.send({ commandId: id, ...found })
  })
}

function routeDocs(fastify: FastifyInstance, running: Running, version: string): void {
  const document = openApi(running, version)
  const json = JSON.stringify(document)
  const page = docsPage(document)
  fastify.get('/openapi.json', (_request, reply) => reply.type('application/json; charset=utf-8').send(json))
  fastify.get('/docs', (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'self'; base-uri 'none'")
      .send(page),
  )
  fastify.get('/docs/style.css', (_request, reply) => reply.type('text/css; charset=utf-8').send(docsStyle))
}

/** Whether the event loop has been lagging: then the queue in front of it only grows. */
function shedWhenBusy(maxDelayMs: number): { isBusy: () => boolean; close: () => void } {
  let lastMs = performance.now()
  let delayMs = 0
  const timer = setInterval(() => {
    const nowMs = performance.now()
    delayMs = nowMs - lastMs - 100
    lastMs = nowMs
  }, 100)
  timer.unref()
  return { isBusy: () => delayMs > maxDelayMs, close: () => clearInterval(timer) }
}
