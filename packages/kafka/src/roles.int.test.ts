/** One process decides, another answers: each has a log of its own, and a broker between them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeGroupsV5 } from '@platformatic/kafka'
import { start, type Log, type Role, type Running } from '@millrace/core'
import { COORDINATOR } from './client/cluster.ts'
import { hall, holdOf } from './fixtures/hall.ts'
import { newApp, openCluster, openLog, skip, until } from './fixtures/logs.ts'

const settings = { skip, timeout: 120_000 }

const startAs = (role: Role, log: Log): Promise<Running<typeof hall>> => start(hall, { log, role, onTrouble: () => undefined })

/** How many members the consumer group of an app has, as the broker says. */
async function membersOf(cluster: ReturnType<typeof openCluster>, app: string): Promise<number> {
  const connection = await cluster.coordinator(COORDINATOR.group, `${app}.shards`, 'describe')
  const { groups } = await describeGroupsV5.api.async(connection, [`${app}.shards`], false)
  return groups[0]?.members.length ?? 0
}

test('a command sent where queries are answered is decided elsewhere, and seen where it was sent', settings, async () => {
  const name = newApp('roles')
  await using outside = openCluster()
  const log = await openLog(name)
  let owns = 0
  const counted: Log = {
    ...log,
    own: (...args) => {
      owns++
      return log.own(...args)
    },
  }
  await using reader = await startAs('read', counted)
  await until('the reading instance is ready, alone', () => reader.status().ready)

  await using writer = await startAs('write', await openLog(name))
  await until('the writing instance is ready', () => writer.status().ready && writer.status().shards.length === 3)
  assert.equal(await membersOf(outside, name), 1, 'who only reads is in no group')
  const counts = reader.watch('holds', { showId: 'show' })[Symbol.asyncIterator]()
  assert.equal((await counts.next()).value, null)
  const first = await reader.send('HoldSeats', holdOf('show', 'one'))
  assert.equal(first.outcome, 'accepted')
  assert.deepEqual(await reader.query('holds', { showId: 'show' }, { after: first }), { count: 1 })
  assert.deepEqual((await counts.next()).value, { count: 1 })
  const second = await writer.send('HoldSeats', holdOf('show', 'two'))
  assert.deepEqual(await reader.query('holds', { showId: 'show' }, { after: second }), { count: 2 })
  assert.deepEqual((await counts.next()).value, { count: 2 })
  await assert.rejects(writer.query('holds', { showId: 'show' }), { code: 'QUERIES_ELSEWHERE' })
  assert.deepEqual([reader.status().shards, owns], [[], 0])

  await writer.stop()
  const late = { commandId: 'late', timeoutMs: 100 }
  await assert.rejects(reader.send('HoldSeats', holdOf('show', 'three'), late), { code: 'COMMAND_TIMEOUT' })
  assert.deepEqual(await reader.query('holds', { showId: 'show' }, { after: second }), { count: 2 })
  assert.equal(reader.status().ready, true)
  await until('nobody is in the group', async () => (await membersOf(outside, name)) === 0)

  await using next = await startAs('write', await openLog(name))
  await until('what waited in the log is decided', async () => (await next.outcome('late')) !== undefined)
  const third = await reader.send('HoldSeats', holdOf('show', 'three'), { commandId: 'late' })
  assert.deepEqual(await reader.query('holds', { showId: 'show' }, { after: third }), { count: 3 })
  assert.equal(owns, 0)
  await counts.return?.(undefined)
})
