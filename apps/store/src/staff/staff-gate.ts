/**
 * Keeps what is the staff's from everybody else: each command and query that is not named as public here. Staff sign in with
 * a key and are known by a cookie then. Without a key in the settings everybody is staff. What is for operators, `serve` keeps.
 */
import { createHmac } from 'node:crypto'
import type { CommandName, QueryName } from '@millrace/core'
import { isSameSecret } from '@millrace/http'
import { sendProblem, type Server } from 'app-kit/server'
import type { Store } from '../app.ts'
import { createRateLimit } from '../guests/rate-limit.ts'

const PUBLIC_COMMANDS: ReadonlySet<string> = new Set<CommandName<Store>>(['PlaceOrder', 'RetryPayment', 'CancelOrder', 'RequestReturn'])
const PUBLIC_QUERIES: ReadonlySet<string> = new Set<QueryName<Store>>(['catalogue', 'order', 'ordersOf'])
const COOKIE = 'store-staff'

export interface StaffGate {
  isStaff(cookie: string | undefined): boolean
}

export function addStaffGate(server: Server, staffKey: string | undefined): StaffGate {
  if (staffKey === undefined) return { isStaff: () => true }
  const token = createHmac('sha256', staffKey).update(COOKIE).digest('base64url')
  const isStaff = (cookie = ''): boolean =>
    cookie.split(/;\s*/).some((each) => each.startsWith(`${COOKIE}=`) && isSameSecret(each.slice(COOKIE.length + 1), token))
  const mayTry = createRateLimit({ most: 5, windowMs: 60_000 })

  server.addHook('onRequest', (request, reply, done) => {
    if (isPublic(request) || isStaff(request.headers.cookie)) return done()
    sendProblem(reply, 403, 'STAFF_ONLY', 'This is for staff. Sign in on the staff’s page.')
  })
  server.post('/staff/sign-in', (request, reply) => {
    if (!mayTry(request.ip)) return sendProblem(reply, 429, 'TOO_MANY', 'Too many tries. Wait a minute, and try again.')
    const { key } = (request.body ?? {}) as { readonly key?: unknown }
    if (typeof key !== 'string' || !isSameSecret(key, staffKey)) return sendProblem(reply, 403, 'STAFF_ONLY', 'That is not the key.')
    return reply.header('set-cookie', `${COOKIE}=${token}; HttpOnly; SameSite=Strict; Path=/; Max-Age=43200`).send({ isStaff: true })
  })
  return { isStaff }
}

interface Routed {
  readonly routeOptions: { readonly url?: string | undefined }
  readonly params: unknown
  readonly query: unknown
}

/** By the route and the query as the router has read them: another parser may read the same URL otherwise. */
function isPublic({ routeOptions, params, query }: Routed): boolean {
  const [, area = '', name = ''] = (routeOptions.url ?? '').split('/')
  if (area === 'queries') return PUBLIC_QUERIES.has(name)
  // Of a command that was sent, whoever knows its id may ask for the outcome.
  if (area === 'commands') return PUBLIC_COMMANDS.has(name) || 'id' in (params as object)
  if (area === 'live') return watchesOf(query).every((watched) => PUBLIC_QUERIES.has(watched.split('?')[0] ?? ''))
  return true
}

function watchesOf(query: unknown): readonly string[] {
  const { watch = [] } = query as { readonly watch?: string | readonly string[] }
  return typeof watch === 'string' ? [watch] : watch
}
