import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aCommand, answering, untilAnswered } from '../fixtures/records.ts'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'
import { openLogParts } from './open-sqlite-log.ts'
import { SqliteLog } from './sqlite-log.ts'

test('a worker that crashes fails what waits with an unknown outcome; the log goes on from what is stored', async () => {
  await using directory = await temporaryDirectory()
  const parts = await openLogParts(directory.path, { partitions: 2 })
  await using log = new SqliteLog(parts)
  const stop = new AbortController()
  const epochs: number[] = []
  const owning = log.own(async (shard) => {
    if (shard.partition === 0) epochs.push(shard.epoch)
    await answering(log)(shard)
  }, stop.signal)
  owning.catch(() => {}) // awaited at the end; an assertion that fails before says more
  const stored = new Set<string>()
  const outcomes = new Set<string>()
  let submitted = 0
  await log.submit(0, aCommand('first'))
  await untilAnswered(log, 'first')
  for (let round = 0; round < 5; round++) {
    const submits = Array.from({ length: 200 }, () => {
      const id = `c${submitted++}`
      return log.submit(0, aCommand(id)).then(
        () => stored.add(id),
        (error: unknown) => outcomes.add((error as { readonly code: string }).code),
      )
    })
    await new Promise((resolve) => setImmediate(resolve))
    await parts.worker.terminate()
    await Promise.all(submits)
    const after = `after ${round}`
    await log.submit(0, aCommand(after))
    stored.add(after)
    await untilAnswered(log, after)
  }
  const ids = await untilAnswered(log, 'after 4')
  assert.equal(new Set(ids).size, ids.length, 'each is answered once')
  for (const id of stored) assert.ok(ids.includes(id), `${id} was acknowledged and is there`)
  assert.ok([...outcomes].every((code) => code === 'LOG_OUTCOME_UNKNOWN' || code === 'LOG_UNAVAILABLE'))
  assert.ok(outcomes.has('LOG_OUTCOME_UNKNOWN'))
  assert.ok(epochs.length > 1 && epochs.every((epoch, index) => index === 0 || epoch > (epochs[index - 1] ?? 0)))
  stop.abort()
  await owning
})
