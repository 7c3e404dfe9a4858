import { MillraceError, type App, type Running } from '@millrace/core'
import Fastify, { type FastifyInstance } from 'fastify'
import { parseBody } from './body.ts'
import { Busy } from './busy.ts'
import { routeCommands } from './commands.ts'
import { routeDocs } from './docs.ts'
import { routeLive } from './live/live.ts'
import { LiveStreams } from './live/live-streams.ts'
import { Methods } from './methods.ts'
import { Metrics } from './metrics.ts'
import { guardOperations, isForOperators, type OperatorOptions } from './operator-gate.ts'
import { routeOperations } from './operations.ts'
import { routeParked } from './parked.ts'
import { routeReadModels } from './read-models.ts'
import { routeQueries } from './queries.ts'
import { answerBadUrl, answerNoRequest, answerWithProblems, noteProblem } from './send-problem.ts'
import { UnusedConnections } from './unused-connections.ts'

export interface ServeOptions {
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default 3000; 0 takes any free one. */
  readonly port?: number
  /** Default 64 KiB. */
  readonly maxBodyBytes?: number
  /** How deep JSON may nest (default 32). */
  readonly maxDepth?: number
  /** How long a query waits for the position it was given (default: core's, 5,000 ms). Then 504. */
  readonly queryTimeoutMs?: number
  /** Live connections open at once (default 10,000). */
  readonly maxLiveStreams?: number
  /** Queries watched over one connection, at most (default 32). */
  readonly maxWatches?: number
  /** A live connection whose client has not read for so long while something waits for it is dropped (default 30,000 ms). */
  readonly stalledStreamMs?: number
  /** The event loop may lag so far before commands are refused with 503 (default 1,000 ms). */
  readonly maxEventLoopDelayMs?: number
  /** `close` gives requests so long to be answered (default 5,000 ms), then cuts them off. */
  readonly closeTimeoutMs?: number
  /** The version that `/openapi.json` names (default '1'). */
  readonly version?: string
  /** Who may ask for `/ops/…` and `/metrics` (default: callers on this machine). */
  readonly operations?: OperatorOptions | undefined
  /** An app's own routes and pages. */
  readonly extend?: (fastify: FastifyInstance) => void | Promise<void>
  /** Told what went wrong inside, and was kept from the client (default: nothing). */
  readonly onTrouble?: (error: unknown) => void
}

export interface Server extends AsyncDisposable {
  readonly url: string
  readonly fastify: FastifyInstance
  /** Ends the live queries, finishes what is being answered, and closes. Leaves the app running. */
  close(): Promise<void>
}

/** A request must have arrived within this time, in milliseconds: nobody holds a connection by sending slowly. */
const REQUEST_TIMEOUT_MS = 30_000
/** A command id of 200 characters, each of them percent-encoded, with room to spare. */
const MAX_PARAMETER_CHARACTERS = 1_024

/** Serves an app over HTTP: commands in, queries out, live. */
export async function serve<A extends App>(runningApp: Running<A>, options: ServeOptions = {}): Promise<Server> {
  // `Running` of one app is not assignable to that of any: its `send` takes fewer names. Here all names come from the app.
  const running = runningApp as unknown as Running
  const {
    host = '127.0.0.1',
    port = 3_000,
    maxLiveStreams = 10_000,
    maxWatches = 32,
    stalledStreamMs = 30_000,
    queryTimeoutMs: timeoutMs,
    closeTimeoutMs = 5_000,
    onTrouble = () => undefined,
  } = options
  const fastify = createFastify(options)
  const metrics = new Metrics()
  const toProblem = noteProblem(metrics, onTrouble)
  const streams = new LiveStreams(running, { maxStreams: maxLiveStreams, stalledMs: stalledStreamMs, timeoutMs, metrics, toProblem })
  const busy = new Busy(options.maxEventLoopDelayMs ?? 1_000)
  const unused = new UnusedConnections(fastify.server)
  const methods = new Methods()
  let closing: Promise<void> | undefined

  methods.watch(fastify)
  answerWithProblems(fastify, toProblem)
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-content-type-options', 'nosniff')
    // Who operates is not shed: it is then that they are needed.
    if (request.method !== 'POST' || !busy.isBusy || isForOperators(request.routeOptions.url)) return done()
    metrics.shed++
    done(new MillraceError('OVERLOADED', 'this process is too busy to take commands; try again in a second'))
  })
  const isKeyed = guardOperations(fastify, options.operations)
  routeCommands(fastify, running, metrics)
  routeQueries(fastify, running, { streams, metrics, timeoutMs })
  routeLive(fastify, running, { streams, maxWatches })
  routeOperations(fastify, running, { metrics, live: streams, isClosing: () => closing !== undefined })
  routeParked(fastify, running)
  routeReadModels(fastify, running)
  routeDocs(fastify, running, { version: options.version ?? '1', maxWatches, isKeyed })

  const release = (): Promise<void> => {
    busy[Symbol.dispose]()
    metrics[Symbol.dispose]()
    return streams.close()
  }
  const close = async (): Promise<void> => {
    const { server } = fastify
    const cut = setTimeout(() => server.closeAllConnections(), closeTimeoutMs)
    // A connection whose last request has been answered is idle from then on: nobody else closes it.
    const idle = setInterval(() => {
      server.closeIdleConnections()
      unused.close()
    }, 20)
    const released = release()
    await fastify.close().finally(() => {
      clearTimeout(cut)
      clearInterval(idle)
    })
    await released
  }
  try {
    await options.extend?.(fastify)
    await fastify.after()
    methods.refuseOtherMethods(fastify)
    const url = await fastify.listen({ host, port })
    return { url, fastify, close: () => (closing ??= close()), [Symbol.asyncDispose]: () => (closing ??= close()) }
  } catch (error) {
    await Promise.all([release(), fastify.close()])
    throw error
  }
}

function createFastify({ maxBodyBytes = 65_536, maxDepth = 32 }: ServeOptions): FastifyInstance {
  const fastify = Fastify({
    bodyLimit: maxBodyBytes,
    forceCloseConnections: 'idle',
    // While it closes, what still comes over an open connection is answered like the rest.
    return503OnClosing: false,
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: MAX_PARAMETER_CHARACTERS },
    frameworkErrors: (error, _request, reply) => answerBadUrl(error, reply),
    clientErrorHandler: answerNoRequest,
  })
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parseBody(body as string, maxDepth))
    } catch (error) {
      done(error as Error)
    }
  })
  return fastify
}
