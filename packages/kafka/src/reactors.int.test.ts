import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aggregate, app, command, event, reactor, start, type Log, type Running } from '@millrace/core'
import { z } from 'zod'
import { newApp, openLog, readAll, skip, until } from './fixtures/logs.ts'

const id = z.string()

const sale = aggregate('sale', {
  commands: { Sell: z.object({ saleId: id, to: id }) },
  events: { Sold: z.object({ to: id }) },
  key: ({ saleId }) => saleId,
  initialState: () => 0,
  decide: { Sell: ({ to }) => [event('Sold', { to })] },
  evolve: { Sold: (count) => count + 1 },
})
/** Told twice of a sale, it books it twice. */
const ledger = aggregate('ledger', {
  commands: { Book: z.object({ buyerId: id, saleId: id }) },
  events: { Booked: z.object({ saleId: id }) },
  internal: ['Book'],
  key: ({ buyerId }) => buyerId,
  initialState: () => 0,
  decide: { Book: ({ saleId }) => [event('Booked', { saleId })] },
  evolve: { Booked: (count) => count + 1 },
})
const accounting = reactor('accounting', {
  from: [sale],
  to: [ledger],
  on: { Sold: ({ to }, { key }) => [command('Book', { buyerId: to, saleId: key })] },
})
const books = app('books', { aggregates: [sale, ledger], reactors: [accounting] })

const bookedIn = async (log: Log): Promise<readonly string[]> => {
  const all = await Promise.all(Array.from({ length: log.partitions }, (_, partition) => readAll(log, partition)))
  return all
    .flat()
    .filter(({ record }) => record.kind === 'event' && record.type === 'Booked')
    .map(({ record }) => (JSON.parse(record.data) as { readonly saleId: string }).saleId)
}

test(
  'reactors go with the shards they follow: instances come and go, and every event is followed once',
  { skip, timeout: 280_000 },
  async () => {
    const name = newApp('reactors')
    await using looking = await openLog(name)
    const instances: Running<typeof books>[] = []
    const join = async (): Promise<void> => {
      const running = await start(books, { log: await openLog(name), onTrouble: () => undefined })
      instances.push(running)
      await until('the instance has joined', () => running.status().ready)
    }
    await join()
    const sales = new Set<string>()
    let isOver = false
    const selling = async (clerk: number): Promise<void> => {
      for (let n = 0; !isOver; n++) {
        const saleId = `${clerk}/${n}`
        const running = instances[n % instances.length]!
        const sold = await running
          .send('Sell', { saleId, to: `b${n % 11}` }, { commandId: `sell ${saleId}`, timeoutMs: 5_000 })
          .catch(() => undefined)
        if (sold !== undefined) sales.add(saleId)
        else n-- // with the same id, on another instance
      }
    }
    const clerks = [0, 1, 2, 3].map(selling)
    await join()
    await until('some are sold', () => sales.size > 300)
    await instances.shift()!.stop()
    await until('more are sold', () => sales.size > 600)
    await join()
    await until('the rest is sold', () => sales.size > 900)
    isOver = true
    await Promise.all(clerks)
    await until('all are booked', async () => new Set(await bookedIn(looking)).size >= sales.size, 90_000)
    const booked = await bookedIn(looking)
    assert.equal(booked.length, new Set(booked).size, 'none is booked twice')
    assert.deepEqual(
      [...sales].filter((each) => !booked.includes(each)),
      [],
    )
    for (const running of instances) await running.stop()
  },
)
