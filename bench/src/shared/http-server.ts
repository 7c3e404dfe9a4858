// A server in a process of its own: the shop with a theatre and an arena (`shop`), or Fastify alone (`bare`). Its first
// line of output is JSON: { url, ... }. Ends when its input does.
import Fastify from 'fastify'
import { openShop, scheduleShow, seatAt, serveShop } from './shop.ts'

const [kind = 'shop', seatMap = ''] = process.argv.slice(2)
process.stdin.resume()
const ended = new Promise((resolve) => process.stdin.on('end', resolve))

if (kind === 'bare') {
  const fastify = Fastify()
  fastify.get('/queries/seatMap', (_request, reply) => reply.type('application/json; charset=utf-8').send(seatMap))
  fastify.post('/commands/HoldSeats', (_request, reply) =>
    reply.send({
      commandId: '790c947d-edd4-450d-b2b3-ba45be4cbcdd',
      outcome: 'accepted',
      events: [
        { type: 'SeatsHeld', data: { holdId: 'h1', customerId: 'c1', seats: ['A-1-1'], untilMs: 1_795_471_702_309, adjacent: true } },
      ],
      position: '5-4',
    }),
  )
  console.log(JSON.stringify({ url: await fastify.listen({ port: 0 }) }))
  await ended
  await fastify.close()
} else {
  await using open = await openShop()
  const { shop } = open
  await scheduleShow(shop, 'theatre', 4, 10, 10)
  await scheduleShow(shop, 'arena', 10, 40, 50)
  for (let at = 0; at < 1_000; at++) await scheduleShow(shop, `show-${at}`, 10, 40, 50)
  for (let at = 0; at < 200; at += 2)
    await shop.send('HoldSeats', {
      showId: 'theatre',
      holdId: `h${at}`,
      customerId: `c${at}`,
      seats: [seatAt(at, 10, 10), seatAt(at + 200, 10, 10)],
    })
  await using server = await serveShop(shop)
  console.log(JSON.stringify({ url: server.url }))
  const timer = setInterval(() => process.stderr.write(`rss ${Math.round(process.memoryUsage().rss / 1e6)}\n`), 1_000)
  await ended
  clearInterval(timer)
}
