import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { createMemoryReadStore, start, toText, type ReadStore } from '@millrace/core'
import { openSqliteLog, openSqliteReadStore } from '@millrace/sqlite'
import { seats } from '../fixtures/seats.ts'
import { abortPoints } from './abort-points.ts'
import { copyData } from './copy-data.ts'
import { crashLoop } from './crash-loop.ts'
import { readLog, verifyLog, type LoggedRecord } from './verify-log.ts'

const entry = new URL('fixtures/seats-child.ts', import.meta.url)
const ROUNDS = 20

test('a process that is killed at any moment loses no acknowledged command and does none twice', { timeout: 500_000 }, async () => {
  let acknowledged = 0
  await crashLoop({
    entry,
    rounds: ROUNDS,
    killAt: abortPoints,
    check: async (directory, history, round) => {
      // On a copy, so that looking does not mend what the next round must find.
      const copy = await mkdtemp(path.join(tmpdir(), 'millrace-check-'))
      try {
        await copyData(directory, copy)
        {
          await using log = await openSqliteLog(copy)
          const records = await readLog(log)
          verifyLog(records, history)
          verifySeats(records)
          verifyBooked(records)
        }
        await equalsFold(copy, await openSqliteReadStore(copy))
        if (round === ROUNDS - 1) {
          await goesOn(copy)
          await equalsFold(copy, createMemoryReadStore())
        }
      } finally {
        await rm(copy, { recursive: true, force: true })
      }
      acknowledged = history.answers.size
    },
  })
  console.log(`${acknowledged} commands were acknowledged in ${ROUNDS} rounds`)
  assert.ok(acknowledged > 20, `only ${acknowledged} commands were acknowledged`)
})

interface Taken {
  readonly status: 'held' | 'sold'
  readonly by: string
}

/** By a fold of its own: at no place in the log is a seat taken twice, and none is sold to another than its holder. */
function verifySeats(records: readonly LoggedRecord[]): ReadonlyMap<string, ReadonlyMap<string, Taken>> {
  const halls = new Map<string, Map<string, Taken>>()
  for (const { kind, type, key, data, partition, offset } of records) {
    if (kind !== 'event' || type === 'Booked') continue
    const where = `events[${partition}] at ${offset}, ${key}`
    const { seats: named, by } = JSON.parse(data) as { readonly seats: readonly string[]; readonly by: string }
    const hall = halls.get(key) ?? new Map<string, Taken>()
    halls.set(key, hall)
    for (const seat of named) {
      const taken = hall.get(seat)
      if (type === 'Held')
        assert.ok(
          taken === undefined || named.indexOf(seat) !== named.lastIndexOf(seat),
          `${where}: ${seat} is held by ${by}, and ${taken?.status} by ${taken?.by}`,
        )
      else assert.equal(taken?.by, by, `${where}: ${type} of ${seat} by ${by}, which ${taken?.by ?? 'nobody'} has`)
      if (type === 'Freed') hall.delete(seat)
      else hall.set(seat, { status: type === 'Sold' ? 'sold' : 'held', by })
    }
  }
  return halls
}

/** No sale was booked twice, and none that was not made. Returns the sales that are not booked yet. */
function verifyBooked(records: readonly LoggedRecord[]): readonly string[] {
  const events = records.filter(({ kind }) => kind === 'event')
  const left = new Set(events.filter(({ type }) => type === 'Sold').map(({ commandId, index }) => `${commandId}.${index}`))
  for (const { type, data } of events) {
    if (type !== 'Booked') continue
    const { sale } = JSON.parse(data) as { readonly sale: string }
    assert.ok(left.delete(sale), `booked twice, or never sold: ${sale}`)
  }
  return [...left]
}

/** The read model that the killed process left, or was building, is what the log says once it has caught up. */
async function equalsFold(directory: string, store: ReadStore): Promise<void> {
  await using running = await start(seats, { log: await openSqliteLog(directory), store })
  await running.query('plan', { hallId: 'hall 0' }, { maxAgeMs: 0, timeoutMs: 90_000 })
  const { differing, differences } = await running.verify('plan')
  assert.deepEqual({ differing, differences }, { differing: 0, differences: [] })
}

/** After all that, the app comes up, decides what is left, takes commands, and its read model is the fold of the log. */
async function goesOn(directory: string): Promise<void> {
  const log = await openSqliteLog(directory)
  await using running = await start(seats, { log, store: await openSqliteReadStore(directory) })
  const receipt = await running.send('Hold', { hallId: 'a new hall', seats: ['S-1'], by: 'after' }, { timeoutMs: 90_000 })
  assert.equal(receipt.outcome, 'accepted')
  assert.equal((await running.query('plan', { hallId: 'a new hall' }, { after: receipt }))?.changes, 1)
  // As the log tells it: a timer counts as fired when it is decided, and what was decided is stored a moment later.
  const deadline = Date.now() + 90_000
  let records = await readLog(log)
  while (isTimerLeft(records) || verifyBooked(records).length > 0) {
    assert.ok(Date.now() < deadline, 'timers that are due fire after a restart, and sales are booked')
    await new Promise((resolve) => setTimeout(resolve, 50))
    records = await readLog(log)
  }
  const after = records.reduce((position, { partition, offset }) => position.set(partition, offset + 1), new Map<number, number>())
  const { differing, differences, documents } = await running.verify('plan')
  assert.deepEqual({ differing, differences }, { differing: 0, differences: [] })
  assert.ok(documents > 1)
  assert.ok(
    running.status().projections.some(({ version }) => version.includes('.')),
    'some rebuild was done',
  )
  for (const [hallId, taken] of verifySeats(records)) {
    const plan = await running.query('plan', { hallId }, { after: toText(after) })
    assert.deepEqual(plan?.taken, Object.fromEntries([...taken].map(([seat, { status }]) => [seat, status])), hallId)
  }
}

/** Whether a timer was set, and nothing says that it fired. */
function isTimerLeft(records: readonly LoggedRecord[]): boolean {
  const decided = new Set(records.map(({ commandId }) => commandId))
  return records.some(({ kind, commandId, index }) => kind === 'scheduled' && !decided.has(`${commandId}.${index}`))
}
