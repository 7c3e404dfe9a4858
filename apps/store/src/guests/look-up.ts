/** `POST /guests/look-up`: from an order's number and its e-mail address to the order, for who has lost the link. Tells strangers nothing. */
import type { Running } from '@millrace/core'
import { sendProblem, type Server } from 'app-kit/server'
import { z } from 'zod'
import type { Store } from '../app.ts'
import { readOrderNumber } from '../ordering/order-number.ts'
import { createRateLimit } from './rate-limit.ts'

const input = z.object({ number: z.string().max(100), email: z.string().trim().toLowerCase().max(200) })

/** Said of a number that is not there, of another address, and of what is neither. */
const NOT_FOUND = 'There is no order with this number and this e-mail address.'

export function addLookUp(server: Server, running: Pick<Running<Store>, 'query'>, triesInAMinute = 10): void {
  const mayTry = createRateLimit({ most: triesInAMinute, windowMs: 60_000 })
  server.post('/guests/look-up', async (request, reply) => {
    if (!mayTry(request.ip)) {
      reply.header('retry-after', '60')
      return sendProblem(reply, 429, 'TOO_MANY', 'Too many look-ups. Wait a minute, and try again.')
    }
    const asked = input.safeParse(request.body)
    const { number: text, email } = asked.success ? asked.data : { number: '', email: '' }
    // Always asked, so that the time it takes tells nothing either.
    const number = readOrderNumber(text) ?? 'MR-0000-0000'
    const { orders } = await running.query('orders', { number, limit: 100 })
    const found = orders.find((each) => each.email === email)
    if (found === undefined) return sendProblem(reply, 404, 'NOT_FOUND', NOT_FOUND)
    return reply.header('cache-control', 'no-store').send({ orderId: found.orderId })
  })
}
