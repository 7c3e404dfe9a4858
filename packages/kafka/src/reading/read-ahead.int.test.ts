import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createInstance, newApp, newRecord, openLog, skip } from '../fixtures/logs.ts'

const settings = { skip, timeout: 200_000 }
const BATCHES = 40
const PER_BATCH = 10

/** Some 4 MB: several chunks of what is fetched at once. */
const data = JSON.stringify('x'.repeat(10_000))

test(
  'a log of several chunks is read whole and in order, by who is fast, who is slow, and who comes when another has gone',
  settings,
  async () => {
    const app = newApp('ahead')
    await using instance = createInstance(await openLog(app, { partitions: 1 }))
    const shard = await instance.shard(0)
    const expected = ['']
    for (let batch = 0; batch < BATCHES; batch++) {
      const records = Array.from({ length: PER_BATCH }, (_, at) => newRecord(`c${batch}-${at}`, { data }))
      await shard.append(records)
      expected.push(...records.map(({ commandId }) => commandId))
    }
    // Its log has read nothing yet.
    await using log = await openLog(app, { partitions: 1 })
    const leaver = new AbortController()
    let batches = 0
    for await (const _batch of log.read(0, 0, leaver.signal)) if (++batches === BATCHES / 2) leaver.abort()
    const read = async (from: number, isSlow: boolean): Promise<void> => {
      const over = new AbortController()
      const seen: string[] = []
      for await (const { records } of log.read(0, from, over.signal)) {
        seen.push(...records.map(({ commandId }) => commandId))
        if (seen.length >= expected.length - from) over.abort()
        if (isSlow) await new Promise((resolve) => setTimeout(resolve, 5))
      }
      assert.deepEqual(seen, expected.slice(from))
    }
    await Promise.all([read(0, false), read(0, true), read(1 + PER_BATCH * 7, true), read(1 + PER_BATCH * 35, false)])
    // What comes after the end was asked for ahead is there, too.
    expected.push('late')
    const late = read(0, false)
    await shard.append([newRecord('late', { data })])
    await late
  },
)
