import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forged, nextEpoch, produce } from './fixtures/outsider.ts'
import { codeOf, createInstance, inTime, newApp, newRecord, openCluster, openLog, readAll, renewal, skip, until } from './fixtures/logs.ts'

const settings = { skip, timeout: 200_000 }
const one = { partitions: 1 }

test('renewals among overlapping appends leave no gap, keep the order, and a reader in another process sees all', settings, async () => {
  const app = newApp('renew')
  await using instance = createInstance(await openLog(app, one))
  await using other = await openLog(app, one)
  const shard = await instance.shard(0)
  const seen: string[] = []
  const over = new AbortController()
  const reading = (async () => {
    for await (const { records } of other.read(0, 0, over.signal))
      seen.push(...records.map(({ kind, commandId }) => (kind === 'owned' ? kind : commandId)))
  })()
  const expected: string[] = ['owned']
  const firsts: Promise<number>[] = []
  for (let at = 0; at < 300; at++) {
    const isRenewal = at % 50 === 25 || at % 50 === 26
    expected.push(isRenewal ? 'owned' : `c${at}`)
    firsts.push(shard.append([isRenewal ? renewal(shard) : newRecord(`c${at}`)]))
    if (at % 7 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  assert.deepEqual(
    await Promise.all(firsts),
    Array.from({ length: 300 }, (_, at) => shard.marker + 1 + at),
  )
  assert.equal(shard.signal.aborted, false)
  await until('the other has read all', () => seen.length === expected.length)
  assert.deepEqual(seen, expected)
  for (const from of [1, 26, 27, 28, 29, 150, 300]) assert.equal((await readAll(other, 0, from)).length, 301 - from)
  over.abort()
  await reading
})

test('what is written under the epoch before the renewal is refused', settings, async () => {
  const app = newApp('renew-old')
  await using outsider = openCluster()
  const first = await openLog(app, one)
  await first[Symbol.asyncDispose]()
  const old = await nextEpoch(outsider, app, 0)
  await using instance = createInstance(await openLog(app, one))
  const shard = await instance.shard(0)
  await shard.append([renewal(shard)])
  await assert.rejects(produce(outsider, `${app}.events`, 0, forged([newRecord('late')], 0, old)), /Kafka error (47|90)/)
  await shard.append([newRecord('after')])
  assert.deepEqual(
    (await readAll(instance.log, 0)).map(({ record }) => record.kind),
    ['owned', 'owned', 'event'],
  )
})

test('a renewal that another owner was faster than is LOG_FENCED at once, and what waited behind it too', settings, async () => {
  const app = newApp('renew-raced')
  await using outsider = openCluster()
  await using instance = createInstance(await openLog(app, { ...one, deliveryTimeoutMs: 120_000 }))
  const shard = await instance.shard(0)
  await shard.append([newRecord('a')])
  const producer = await nextEpoch(outsider, app, 0)
  const waiting = [shard.append([renewal(shard)]), shard.append([newRecord('b')]), shard.append([newRecord('c')])].map(codeOf)
  assert.deepEqual(await inTime('all are refused', Promise.all(waiting), 30_000), ['LOG_FENCED', 'LOG_FENCED', 'LOG_FENCED'])
  assert.equal(shard.signal.aborted, true)
  await until('the shard is given again', () => instance.given.length === 2)
  await assert.rejects(produce(outsider, `${app}.events`, 0, forged([newRecord('late')], 0, producer)), /Kafka error (47|90)/)
  assert.deepEqual(
    (await readAll(instance.log, 0)).map(({ record }) => record.commandId),
    ['', 'a', ''],
  )
})
