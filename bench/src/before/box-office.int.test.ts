/** "Before" is measured against Millrace, so it has to do the same work: the cases that the load never meets, too. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { postgresForTests } from '@millrace/testing/postgres'
import { planOf } from '../shared/shows.ts'
import type { BoxOffice } from './box-office.ts'
import { openPostgresBoxOffice } from './postgres-box-office.ts'
import { openSqliteBoxOffice } from './sqlite-box-office.ts'

const { skip, openDatabase } = await postgresForTests()
const showId = 'play'
const hold = (holdId: string, seats: readonly string[], customerId = holdId) => ({ showId, holdId, customerId, seats })

interface Map {
  readonly sections: readonly { readonly id: string }[]
  readonly taken: Readonly<Record<string, string>>
}

const boxOffices: Readonly<
  Record<string, { readonly skip: string | false; readonly with: (work: (office: BoxOffice) => Promise<void>) => Promise<void> }>
> = {
  Postgres: {
    skip,
    async with(work) {
      await using database = await openDatabase()
      await using office = await openPostgresBoxOffice(database.url, { readers: 2, writers: 4 })
      await work(office)
    },
  },
  SQLite: {
    skip: false,
    async with(work) {
      const directory = mkdtempSync(join(tmpdir(), 'millrace-before-'))
      try {
        await using office = openSqliteBoxOffice(directory)
        await work(office)
      } finally {
        rmSync(directory, { recursive: true, force: true })
      }
    },
  },
}

for (const [database, { skip, with: withOffice }] of Object.entries(boxOffices)) {
  const opened = (work: (office: BoxOffice, map: () => Promise<Map>) => Promise<void>) => () =>
    withOffice(async (office) => {
      await office.scheduleShow(planOf('theatre', showId))
      await work(office, async () => JSON.parse((await office.seatMap(showId)) ?? 'null') as Map)
    })

  test(
    `${database}: a seat goes from held to sold to free, and the map follows`,
    { skip },
    opened(async (office, map) => {
      assert.equal(await office.holdSeats(hold('h1', ['A-1-1', 'G-1-2'])), undefined)
      assert.deepEqual((await map()).taken, { 'A-1-1': 'held', 'G-1-2': 'held' })
      assert.equal(await office.confirmBooking(showId, 'h1', 'b1'), undefined)
      assert.deepEqual((await map()).taken, { 'A-1-1': 'sold', 'G-1-2': 'sold' })
      const booking = JSON.parse((await office.booking('b1')) ?? 'null') as {
        readonly totalCents: number
        readonly seats: readonly object[]
      }
      assert.equal(booking.totalCents, 8_700)
      assert.equal(booking.seats.length, 2)
      assert.equal(await office.cancelBooking(showId, 'b1'), undefined)
      assert.equal(await office.holdSeats(hold('h2', ['A-1-1'])), undefined)
      assert.equal(await office.releaseHold(showId, 'h2'), undefined)
      const { taken, sections } = await map()
      assert.deepEqual([taken, sections.map(({ id }) => id)], [{}, ['A', 'B', 'C', 'D', 'G']])
    }),
  )

  test(
    `${database}: what cannot be is refused, and leaves nothing`,
    { skip },
    opened(async (office, map) => {
      await office.holdSeats(hold('h1', ['A-1-1']))
      const before = await map()
      assert.equal(await office.holdSeats({ ...hold('h2', ['A-1-1']), showId: 'none' }), 'show-unknown')
      assert.equal(await office.holdSeats(hold('h1', ['A-1-2'])), 'hold-exists')
      assert.equal(await office.holdSeats(hold('h2', ['A-1-2', 'A-99-1'])), 'seat-unknown')
      assert.equal(await office.holdSeats(hold('h2', ['A-1-2', 'A-1-1'])), 'seat-taken')
      const many = Array.from({ length: 8 }, (_, at) => `B-1-${at + 1}`)
      assert.equal(await office.holdSeats(hold('h2', many, 'h1')), 'limit-reached')
      assert.equal(await office.releaseHold(showId, 'none'), 'hold-unknown')
      assert.equal(await office.confirmBooking(showId, 'none', 'b1'), 'hold-unknown')
      assert.equal(await office.cancelBooking(showId, 'none'), 'booking-unknown')
      assert.deepEqual(await map(), before)
      assert.equal(await office.seatMap('none'), null)
      assert.equal(await office.booking('none'), null)
    }),
  )

  test(
    `${database}: of many who want a seat at once, one gets it; nobody passes the limit`,
    { skip },
    opened(async (office, map) => {
      const rivals = Array.from({ length: 20 }, (_, at) =>
        office.holdSeats(hold(`r${at}`, at % 2 === 0 ? ['A-1-1', 'A-1-2'] : ['A-1-2', 'A-1-1'])),
      )
      assert.equal((await Promise.all(rivals)).filter((refusal) => refusal === undefined).length, 1)
      const greedy = Array.from({ length: 20 }, (_, at) => office.holdSeats(hold(`g${at}`, [`B-1-${(at % 10) + 1}`], 'greedy')))
      assert.equal((await Promise.all(greedy)).filter((refusal) => refusal === undefined).length, 8)
      assert.equal(Object.keys((await map()).taken).length, 10)
    }),
  )
}
