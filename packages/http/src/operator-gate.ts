/**
 * Who may operate. `/ops/…` and `/metrics` are for operators: those who send a key, or, where none is set, whoever is on this
 * machine. On this machine are also the operator's browser, with pages of anybody in it, and a proxy, with callers from anywhere
 * behind it: neither counts.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { BlockList, isIPv6 } from 'node:net'
import { RequestError } from './request-error.ts'
import { isSameSecret } from './same-secret.ts'

export interface OperatorOptions {
  /**
   * Who sends one of these as `Authorization: Bearer <key>` may operate, wherever they are, and nobody else: 16 to 200 visible
   * ASCII characters each; several, so that one takes the other's place without a stop. Default: none, and callers on this machine may.
   */
  readonly key?: string | readonly string[] | undefined
}

/** As clients and headers can have them. Between several in one setting stand commas. */
export const isOperatorKey = (text: string): boolean => /^[\x21-\x2b\x2d-\x7e]{16,200}$/.test(text)

const LOCAL = new BlockList()
LOCAL.addSubnet('127.0.0.0', 8)
LOCAL.addAddress('::1', 'ipv6')

/** What proxies add. One that adds none of them is not noticed. */
const FORWARDED = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'] as const

/** Refuses what is for operators to all others. True where that takes a key. */
export function guardOperations(fastify: FastifyInstance, { key }: OperatorOptions = {}): boolean {
  const keys = toKeys(key)
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!isForOperators(request.routeOptions.url)) return done()
    if (keys.length > 0) requireKey(keys, request, reply)
    else requireLocal(request)
    done()
  })
  return keys.length > 0
}

/** By the route, as the router has found it. */
export const isForOperators = (url: string | undefined): boolean => /^\/(ops|metrics)(\/|$)/.test(url ?? '')

function toKeys(key: OperatorOptions['key']): readonly string[] {
  if (key === undefined) return []
  const keys = typeof key === 'string' ? [key] : key
  if (keys.length > 0 && keys.every(isOperatorKey)) return keys
  throw new TypeError(
    'serve: operations.key: expected 16 to 200 visible ASCII characters without commas, or a list of such keys, not empty',
  )
}

function requireKey(keys: readonly string[], { headers }: FastifyRequest, reply: FastifyReply): void {
  const given = /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1]
  // All are looked at: which of them it is takes as long as none.
  if (given !== undefined && keys.filter((each) => isSameSecret(each, given)).length > 0) return
  reply.header('www-authenticate', `Bearer realm="operations"${given === undefined ? '' : ', error="invalid_token"'}`)
  const what = given === undefined ? 'operations take a key, Authorization: Bearer <key>' : 'that is not the key for operations'
  throw new RequestError('OPERATOR_KEY_INVALID', `${what}; it is what the server has in MILLRACE_OPS_KEY, where millrace takes it from too`)
}

function requireLocal({ method, headers, socket }: FastifyRequest): void {
  const address = socket.remoteAddress ?? ''
  const proxy = FORWARDED.find((name) => headers[name] !== undefined)
  const why = !LOCAL.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
    ? 'this came from another one'
    : proxy !== undefined
      ? `this came through a proxy (${proxy})`
      : isLocalHost(headers.host)
        ? undefined
        : 'this asks for it under another name than localhost or 127.0.0.1'
  if (why !== undefined)
    throw new RequestError(
      'OPERATIONS_LOCAL',
      `without a key, operations are for callers on the server's own machine, and ${why}. Set MILLRACE_OPS_KEY there (in code: serve, operations.key) and send it: Authorization: Bearer <key>`,
    )
  if (method === 'GET' || method === 'HEAD') return
  // No form can send this type, whatever an app's own parsers take.
  if (!/^application\/json *(;|$)/i.test(headers['content-type'] ?? ''))
    throw new RequestError('NOT_JSON', 'send JSON, with Content-Type: application/json')
  // A browser says where a page's request comes from, and whatever else it is made of, this no page can change.
  const site = headers['sec-fetch-site']
  const isOfAPage = (site !== undefined && site !== 'same-origin' && site !== 'none') || !isOwnOrigin(headers)
  if (isOfAPage)
    throw new RequestError('CROSS_SITE', 'a page of another site asked for this; without a key, only this server’s own pages may')
}

/** What names this machine in every network. Any other name may be somebody else's, who lets it lead here (DNS rebinding). */
function isLocalHost(host = ''): boolean {
  const { hostname = '' } = URL.parse(`http://${host}`) ?? {}
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}

/** `null` is the origin of what has none: a sandboxed frame, or a file. */
const isOwnOrigin = ({ origin, host }: FastifyRequest['headers']): boolean => origin === undefined || URL.parse(origin)?.host === host
