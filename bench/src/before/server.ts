/** The ticket shop as it is before CQRS, in a process of its own: one Fastify service on one database. */
import Fastify, { type FastifyInstance } from 'fastify'
import type { z } from 'zod'
import { show } from '../../../apps/tickets/src/booking/show.ts'
import { serveParent } from '../shared/child.ts'
import { planOf } from '../shared/shows.ts'
import type { BoxOffice, Refusal } from './box-office.ts'
import { openPostgresBoxOffice, type Connections } from './postgres-box-office.ts'
import { openSqliteBoxOffice } from './sqlite-box-office.ts'

export interface BeforeSettings {
  readonly database:
    ({ readonly kind: 'postgres'; readonly url: string } & Connections) | { readonly kind: 'sqlite'; readonly directory: string }
  /** Theatres, scheduled at start. */
  readonly shows: readonly string[]
}

const TYPE = 'application/json; charset=utf-8'
const { HoldSeats, ReleaseHold, ConfirmBooking, CancelBooking } = show.commands

await serveParent<BeforeSettings, object>(async ({ database, shows }) => {
  const office =
    database.kind === 'postgres' ? await openPostgresBoxOffice(database.url, database) : openSqliteBoxOffice(database.directory)
  for (const showId of shows) await office.scheduleShow(planOf('theatre', showId))
  const fastify = Fastify()
  route(fastify, office)
  const url = await fastify.listen({ host: '127.0.0.1', port: 0 })
  return {
    ready: { port: Number(new URL(url).port) },
    answer: async () => undefined,
    async close() {
      await fastify.close()
      await office[Symbol.asyncDispose]()
    },
  }
})

function route(fastify: FastifyInstance, office: BoxOffice): void {
  /** Checked by the very schemas that the tickets app checks it by. */
  const command = <Schema extends z.ZodType>(name: string, schema: Schema, change: (data: z.output<Schema>) => Promise<Refusal>): void => {
    fastify.post(`/commands/${name}`, async (request, reply) => {
      const checked = schema.safeParse(request.body)
      if (!checked.success) return reply.code(422).send({ issues: checked.error.issues })
      const refusal = await change(checked.data)
      if (refusal !== undefined) return reply.code(409).send({ code: refusal })
      return reply.type(TYPE).send('{"outcome":"accepted"}')
    })
  }
  command('HoldSeats', HoldSeats, (data) => office.holdSeats(data))
  command('ReleaseHold', ReleaseHold, ({ showId, holdId }) => office.releaseHold(showId, holdId))
  command('ConfirmBooking', ConfirmBooking, ({ showId, holdId, bookingId }) => office.confirmBooking(showId, holdId, bookingId))
  command('CancelBooking', CancelBooking, ({ showId, bookingId }) => office.cancelBooking(showId, bookingId))

  const query = (name: string, parameter: string, read: (id: string) => Promise<string | null>): void => {
    fastify.get(`/queries/${name}`, async (request, reply) => {
      const id = (request.query as Readonly<Record<string, string>>)[parameter]
      if (id === undefined) return reply.code(400).send({ missing: parameter })
      return reply.type(TYPE).send((await read(id)) ?? 'null')
    })
  }
  query('seatMap', 'showId', (showId) => office.seatMap(showId))
  query('booking', 'bookingId', (bookingId) => office.booking(bookingId))
}
