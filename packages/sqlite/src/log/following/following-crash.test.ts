import type { NewRecord } from '@millrace/core'
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { closeSync, openSync, readSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { startLogProcess } from '../../fixtures/processes.ts'
import { aCommand, allEvents, answeringOwner, readable, untilAnswered } from '../../fixtures/records.ts'
import { temporaryDirectory } from '../../fixtures/temporary-directory.ts'
import { until } from '../../fixtures/until.ts'
import { openSqliteLog } from '../open-sqlite-log.ts'
import { openSqliteLogFollower } from './open-sqlite-log-follower.ts'

const PARTITIONS = 4

test('over kills of the owner, a follower loses nothing, doubles nothing, and has read what is in the log', async (context) => {
  const seed = Number(process.env['MILLRACE_TEST_SEED'] ?? randomInt(2 ** 31))
  context.diagnostic(`MILLRACE_TEST_SEED=${seed}`)
  let state = seed
  const random = (below: number): number => (state = (Math.imul(state, 48_271) >>> 0) % 0x7fff_ffff) % below
  await using directory = await temporaryDirectory()
  const stored = new Map<string, string>()
  const codes = new Set<string>()
  const read: NewRecord[][] = Array.from({ length: PARTITIONS }, () => [])
  const stop = new AbortController()
  {
    let owner = await startLogProcess(directory.path)
    await using follower = await openSqliteLogFollower(directory.path)
    const reading = read.map(async (records, partition) => {
      for await (const { first, records: more } of follower.read(partition, 0, stop.signal)) {
        assert.equal(first, records.length, `partition ${partition} goes on without a gap`)
        records.push(...more)
      }
    })
    let count = 0
    const submitting = Array.from({ length: 16 }, async () => {
      while (!stop.signal.aborted) {
        const [id, partition] = [`c${count++}`, random(PARTITIONS)]
        try {
          stored.set(`${partition} ${await follower.submit(partition, aCommand(id, JSON.stringify('x'.repeat(random(500)))))}`, id)
        } catch (error) {
          const { code } = error as { readonly code: string }
          codes.add(code)
          if (code === 'LOG_UNAVAILABLE') await pause(2) // the owner is away
        }
      }
    })
    for (let kill = 0; kill < 3; kill++) {
      const enough = stored.size + 200 + random(1_500)
      await until(() => stored.size >= enough, `${enough} commands`)
      await owner.kill()
      await until(() => follower.trouble()?.code === 'LOG_UNAVAILABLE', 'trouble')
      const ends = await follower.ends()
      assert.ok(ends.every((end, partition) => end >= (read[partition]?.length ?? 0)))
      for (const [partition, end] of ends.entries()) assert.equal((await allEvents(follower, partition)).length, end)
      owner = await startLogProcess(directory.path)
      await until(() => follower.trouble() === undefined, 'no trouble')
    }
    const last = stored.size + 200
    await until(() => stored.size >= last, `${last} commands`)
    stop.abort()
    await Promise.all(submitting)
    await Promise.all(reading)
    await owner.kill()
  }
  await using log = await openSqliteLog(directory.path)
  const found = new Map<string, string>()
  for (const [partition, records] of read.entries()) {
    const all = await allEvents(log, partition)
    assert.deepEqual(records, all.slice(0, records.length), `what was read of partition ${partition} is in the log`)
    assert.ok(records.length > 0)
    for (const [index, { commandId, commandOffset }] of all.filter(({ kind }) => kind === 'event').entries()) {
      assert.equal(commandOffset, index, 'commands are answered in order, each once')
      found.set(`${partition} ${commandOffset}`, commandId)
    }
  }
  assert.equal(new Set(found.values()).size, found.size, 'no command is there twice')
  // Those that were under way at the last kill: stored, and not answered yet.
  const over = new AbortController()
  await log.own(async ({ partition, commands }) => {
    const waiting = [...stored.keys()].filter((place) => Number(place.split(' ')[0]) === partition && !found.has(place))
    if (waiting.length === 0) return
    for await (const some of commands(0, 1_000_000)) {
      for (const { offset, id } of readable(some)) found.set(`${partition} ${offset}`, id)
      break
    }
  }, over.signal)
  for (const [place, id] of stored) assert.equal(found.get(place), id, `the command at ${place} was acknowledged`)
  for (const code of codes) assert.ok(['LOG_UNAVAILABLE', 'LOG_OUTCOME_UNKNOWN'].includes(code), code)
})

test('followers that read the database all the time hold up neither checkpoints nor the next owner', async () => {
  await using directory = await temporaryDirectory()
  await using first = await startLogProcess(directory.path)
  first.order('load')
  await first.saidLines(500)
  await using follower = await openSqliteLogFollower(directory.path)
  const stop = new AbortController()
  let passes = 0
  const reading = Array.from({ length: PARTITIONS }, async (_, partition) => {
    // What was there before it came is in no memory: each pass reads the database.
    const end = (await follower.ends())[partition] ?? 0
    while (!stop.signal.aborted) {
      let next = 0
      for await (const batch of follower.read(partition, 0, stop.signal)) if ((next = batch.next) >= end) break
      if (next >= end) passes++
    }
  })
  // Each time the WAL begins anew, its header says so (https://sqlite.org/fileformat2.html#walformat: salt-1).
  const wal = openSync(join(directory.path, 'log.db-wal'), 'r')
  const salt = Buffer.alloc(4)
  const beginnings = new Set<string>()
  await until(() => {
    readSync(wal, salt, 0, salt.length, 16)
    return beginnings.add(salt.toString('hex')).size >= 4
  }, 'the WAL begins anew')
  closeSync(wal)
  const before = passes
  await until(() => passes > before + 100, 'more reading')
  await first.kill()
  await using second = await startLogProcess(directory.path)
  await until(() => follower.trouble() === undefined, 'the second owner')
  second.order('submit more')
  await second.said(/^stored 0 \d+ more/)
  stop.abort()
  await Promise.all(reading)
})

test('a follower that is stopped for a while does not hold up the owner, and then misses nothing', async () => {
  await using directory = await temporaryDirectory()
  await using owner = await openSqliteLog(directory.path, { partitions: 1 })
  await using _answering = answeringOwner(owner)
  await owner.submit(0, aCommand('first'))
  await untilAnswered(owner, 'first')
  await using follower = await startLogProcess(directory.path, new URL('../../fixtures/follower-process.ts', import.meta.url))
  await follower.said(/^read 0 2$/)
  follower.child.kill('SIGSTOP')
  // Far more than the owner keeps for it, and its kernel.
  const data = JSON.stringify('x'.repeat(100_000))
  for (let count = 0; count < 200; count++) await owner.submit(0, aCommand(`c${count}`, data))
  await untilAnswered(owner, 'c199')
  follower.child.kill('SIGCONT')
  await follower.said(/^read 0 202$/)
  follower.order('submit after')
  await follower.said(/^stored 0 201 after$/)
  await follower.said(/^read 0 203$/)
  assert.ok(!follower.lines.some((line) => line.startsWith('gap')), 'nothing is left out')
})
