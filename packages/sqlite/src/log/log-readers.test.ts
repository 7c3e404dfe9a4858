import type { Batch } from '@millrace/core'
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aCommand, answered, answering, readable, untilAnswered } from '../fixtures/records.ts'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'
import { openSqliteLog } from './open-sqlite-log.ts'

test('readers far behind let other work in between, and end up live', async () => {
  await using directory = await temporaryDirectory()
  {
    await using log = await openSqliteLog(directory.path, { partitions: 4 })
    const stop = new AbortController()
    const owning = log.own(answering(log), stop.signal)
    const data = JSON.stringify('x'.repeat(1_000))
    await Promise.all(Array.from({ length: 8_000 }, (_, count) => log.submit(count % 4, aCommand(`c${count}`, data))))
    for (let partition = 0; partition < 4; partition++) await answered(log, partition, 0, 2_000)
    stop.abort()
    await owning
  }
  await using log = await openSqliteLog(directory.path)
  let turns = 0
  const timer = setInterval(() => turns++, 0)
  const stop = new AbortController()
  const readers = [0, 1, 2, 3].map(async (partition) => {
    const batches: Batch[] = []
    for await (const batch of log.read(partition, 0, stop.signal)) batches.push(batch)
    return batches
  })
  const owning = log.own(answering(log), stop.signal)
  await log.submit(0, aCommand('live'))
  await untilAnswered(log, 'live')
  clearInterval(timer)
  stop.abort()
  await owning
  for (const batches of await Promise.all(readers)) {
    let next = 0
    for (const { first, next: end } of batches) {
      assert.equal(first, next)
      next = end
    }
    assert.ok(batches.length > 4, 'read in parts')
  }
  assert.ok(turns > 4, `timers fired ${turns} times meanwhile`)
})

test('who follows closely gets the very records that were appended', async () => {
  await using directory = await temporaryDirectory()
  await using log = await openSqliteLog(directory.path, { partitions: 1 })
  const stop = new AbortController()
  const given = Promise.withResolvers<readonly unknown[]>()
  const owning = log.own(async (shard) => {
    const records = [
      {
        kind: 'event',
        type: 'Held',
        key: 'k',
        timeMs: 1,
        data: '{}',
        commandId: 'c',
        index: 0,
        commandOffset: -1,
        fingerprint: 0,
      } as const,
    ]
    await shard.append(records)
    given.resolve(records)
  }, stop.signal)
  const records = await given.promise
  for await (const batch of log.read(0, 1, AbortSignal.timeout(20_000))) {
    assert.equal(batch.records, records)
    break
  }
  stop.abort()
  await owning
})

test('commands that only the database has any more are given in order, then those that come', async () => {
  await using directory = await temporaryDirectory()
  await using log = await openSqliteLog(directory.path, { partitions: 1 })
  await Promise.all(Array.from({ length: 20_000 }, (_, count) => log.submit(0, aCommand(`c${count}`))))
  const stop = new AbortController()
  let next = 0
  await log.own(async (shard) => {
    const live = log.submit(0, aCommand('live'))
    for await (const commands of shard.commands(0, 300)) {
      for (const { offset, id } of readable(commands)) {
        assert.equal(offset, next++)
        assert.equal(id, offset === 20_000 ? 'live' : `c${offset}`)
      }
      assert.ok(commands.length <= 300)
      if (next > 20_000) break
    }
    await live
    stop.abort()
  }, stop.signal)
  assert.equal(next, 20_001)
})

test('a newer own() has the shards until it ends; then the former one has them again', async () => {
  await using directory = await temporaryDirectory()
  await using log = await openSqliteLog(directory.path, { partitions: 1 })
  const [first, second] = [new AbortController(), new AbortController()]
  const history: string[] = []
  const work =
    (name: string, given: () => void) =>
    (shard: { readonly epoch: number; readonly signal: AbortSignal }): Promise<void> => {
      history.push(`${name} ${shard.epoch}`)
      given()
      return new Promise((resolve) => shard.signal.addEventListener('abort', () => resolve()))
    }
  const turns = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let firsts = 0
  const one = log.own(
    work('first', () => turns[firsts++ === 0 ? 0 : 2]?.resolve()),
    first.signal,
  )
  await turns[0]?.promise
  const two = log.own(
    work('second', () => turns[1]?.resolve()),
    second.signal,
  )
  await turns[1]?.promise
  second.abort()
  await two
  await turns[2]?.promise
  first.abort()
  await one
  assert.deepEqual(history, ['first 1', 'second 2', 'first 3'])
})
