/** Fastify with nothing behind it: what HTTP itself costs. Answers with the bytes it is told to. */
import Fastify from 'fastify'
import { serveParent } from '../shared/child.ts'

const TYPE = 'application/json; charset=utf-8'

await serveParent<object, { readonly receipt?: string; readonly seatMap?: string }>(async () => {
  let receipt = '{}'
  let seatMap = '{}'
  const fastify = Fastify()
  fastify.post('/commands/HoldSeats', (_request, reply) => reply.type(TYPE).send(receipt))
  fastify.post('/commands/ReleaseHold', (_request, reply) => reply.type(TYPE).send(receipt))
  fastify.get('/queries/seatMap', (_request, reply) => reply.type(TYPE).send(seatMap))
  const url = await fastify.listen({ host: '127.0.0.1', port: 0 })
  return {
    ready: { port: Number(new URL(url).port) },
    async answer(request) {
      receipt = request.receipt ?? receipt
      seatMap = request.seatMap ?? seatMap
      return undefined
    },
    close: () => fastify.close(),
  }
})
