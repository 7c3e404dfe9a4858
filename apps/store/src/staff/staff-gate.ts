/**
 * Keeps what is the staff's from everybody else: each command and query that is not named as public here, and the pages for
 * operators. Staff sign in with a key and are known by a cookie then. Without a key in the settings everybody is staff.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import type { CommandName, QueryName } from '@millrace/core'
import { sendProblem, type Server } from 'app-kit/server'
import type { Store } from '../app.ts'
import { createRateLimit } from '../guests/rate-limit.ts'

const PUBLIC_COMMANDS: ReadonlySet<string> = new Set<CommandName<Store>>(['PlaceOrder', 'RetryPayment', 'CancelOrder', 'RequestReturn'])
const PUBLIC_QUERIES: ReadonlySet<string> = new Set<QueryName<Store>>(['catalogue', 'order', 'ordersOf'])
/** For operators. */
const OPERATIONS = ['/ops', '/metrics']

const COOKIE = 'store-staff'

export interface StaffGate {
  isStaff(cookie: string | undefined): boolean
}

export function addStaffGate(server: Server, staffKey: string | undefined): StaffGate {
  if (staffKey === undefined) return { isStaff: () => true }
  const token = createHmac('sha256', staffKey).update(COOKIE).digest('base64url')
  const isStaff = (cookie = ''): boolean =>
    cookie.split(/;\s*/).some((each) => each.startsWith(`${COOKIE}=`) && isSame(each.slice(COOKIE.length + 1), token))
  const mayTry = createRateLimit({ most: 5, windowMs: 60_000 })

  server.addHook('onRequest', (request, reply, done) => {
    if (isPublic(request.url) || isStaff(request.headers.cookie)) return done()
    sendProblem(reply, 403, 'STAFF_ONLY', 'This is for staff. Sign in on the staff’s page.')
  })
  server.post('/staff/sign-in', (request, reply) => {
    if (!mayTry(request.ip)) return sendProblem(reply, 429, 'TOO_MANY', 'Too many tries. Wait a minute, and try again.')
    const { key } = (request.body ?? {}) as { readonly key?: unknown }
    if (typeof key !== 'string' || !isSame(key, staffKey)) return sendProblem(reply, 403, 'STAFF_ONLY', 'That is not the key.')
    return reply.header('set-cookie', `${COOKIE}=${token}; HttpOnly; SameSite=Strict; Path=/; Max-Age=43200`).send({ isStaff: true })
  })
  return { isStaff }
}

const isSame = (one: string, other: string): boolean => {
  const [a, b] = [one, other].map((text) => createHmac('sha256', COOKIE).update(text).digest())
  return timingSafeEqual(a!, b!)
}

function isPublic(url: string): boolean {
  const { pathname, searchParams } = new URL(url, 'http://store')
  const [, area, name = ''] = decodeURIComponent(pathname).split('/')
  if (area === 'queries') return PUBLIC_QUERIES.has(name)
  // A command's name begins with a capital letter, an id of one that was sent need not: whoever knows it may ask for its outcome.
  if (area === 'commands') return PUBLIC_COMMANDS.has(name) || !/^[A-Z][A-Za-z]+$/.test(name)
  if (area === 'live') return searchParams.getAll('watch').every((watched) => PUBLIC_QUERIES.has(watched.split('?')[0] ?? ''))
  return !OPERATIONS.some((path) => `/${area ?? ''}` === path)
}
