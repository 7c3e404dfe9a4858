import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Producer, stringSerializers } from '@platformatic/kafka'
import type { Log } from '@millrace/core'
import { deleteBefore, forged, nextEpoch, produce } from './fixtures/outsider.ts'
import {
  aborted,
  brokers,
  codeOf,
  createInstance,
  inTime,
  newApp,
  newRecord,
  openCluster,
  openLog,
  readAll,
  skip,
  until,
} from './fixtures/logs.ts'

const settings = { skip, timeout: 200_000 }
const one = { partitions: 1 }

/** What a reader is given that begins at `from`, and that it is told of the end. */
async function idsFrom(log: Log, from: number): Promise<readonly string[]> {
  const read = await readAll(log, 0, from)
  return read.filter(({ record }) => record.kind === 'event').map(({ record }) => record.commandId)
}

test('what a former owner wrote after the newer marker is passed over, wherever a reader begins', settings, async () => {
  const app = newApp('void')
  await using outsider = openCluster()
  await using log = await openLog(app, one)
  const first = createInstance(log)
  const former = await first.shard(0)
  await former.append([newRecord('kept')])
  await first.release()
  const second = createInstance(log)
  const shard = await second.shard(0)
  const valid = await shard.append([newRecord('newer')])
  await second.release()
  const topic = `${app}.events`
  // As a process would that slept until Kafka had forgotten its producer.
  await produce(outsider, topic, 0, forged([newRecord('void a'), newRecord('void a', { index: 1 })], former.marker))
  await produce(outsider, topic, 0, forged([newRecord('void b')], former.marker))
  await produce(outsider, topic, 0, forged([newRecord('void c')], former.marker))
  await using fresh = await openLog(app, one)
  for (const reading of [log, fresh]) {
    for (let from = 0; from <= valid + 4; from++) {
      const expected = ['kept', 'newer'].slice(from <= 1 ? 0 : from <= valid ? 1 : 2)
      assert.deepEqual(await idsFrom(reading, from), expected, `from ${from}`)
    }
  }
})

test('foreign records, and batches of nobody, are passed over; the owner goes on after a new marker', settings, async () => {
  const app = newApp('foreign')
  await using outsider = openCluster()
  await using instance = createInstance(await openLog(app, one))
  const shard = await instance.shard(0)
  await shard.append([newRecord('a')])
  await produce(outsider, `${app}.events`, 0, forged([newRecord('of nobody')], undefined))
  const producer = new Producer({
    clientId: 'plain',
    bootstrapBrokers: [...brokers],
    serializers: stringSerializers,
    autocreateTopics: false,
  })
  await producer.send({
    messages: [
      { topic: `${app}.events`, partition: 0, key: 'k', value: 'plain' },
      { topic: `${app}.events`, partition: 0, value: '{}' },
    ],
  })
  await producer.close()
  const next = await codeOf(shard.append([newRecord('b')]))
  assert.ok(next === 'none' || next === 'LOG_OUTCOME_UNKNOWN', next)
  await until('the shard is given again', () => instance.given.length === 2)
  await instance.given[1]!.append([newRecord('c')])
  assert.deepEqual(await idsFrom(instance.log, 0), ['a', 'b', 'c'])
  await using other = await openLog(app, one)
  for (let from = 0; from < 8; from++) assert.equal((await idsFrom(other, from)).at(-1), 'c')
})

test('the end of a transaction is passed over in the events, and told where it is the last', settings, async () => {
  const app = newApp('control')
  await using instance = createInstance(await openLog(app, one))
  const shard = await instance.shard(0)
  await shard.append([newRecord('a')])
  const producer = new Producer({
    clientId: 'transactional',
    bootstrapBrokers: [...brokers],
    serializers: stringSerializers,
    transactionalId: `${app}.outside`,
    autocreateTopics: false,
    idempotent: true,
  } as never)
  const transaction = await producer.beginTransaction()
  await transaction.send({ messages: [{ topic: `${app}.events`, partition: 0, key: 'k', value: 'plain' } as never] })
  await transaction.commit()
  await producer.close()
  await until('the marker of its end is there', async () => (await instance.log.ends())[0] === 4)
  for (let from = 0; from <= 4; from++) assert.deepEqual(await idsFrom(instance.log, from), from < 2 ? ['a'] : [])
})

test('a marker that somebody forges ends the owner, and a garbled one harms no reader', settings, async () => {
  const app = newApp('forged')
  await using outsider = openCluster()
  await using instance = createInstance(await openLog(app, one))
  const shard = await instance.shard(0)
  const over = new AbortController()
  const seen: string[] = []
  const reading = (async () => {
    for await (const { records } of instance.log.read(0, 0, over.signal))
      seen.push(...records.map(({ kind, commandId }) => kind + commandId))
  })()
  await shard.append([newRecord('a')])
  await until('it is read', () => seen.includes('eventa'))
  for (const [at, data] of ['{', 'null', '7', '{"epoch":"x"}'].entries()) {
    await until('the shard is given', () => instance.given.length === at + 1 && instance.shards.size === 1)
    await produce(outsider, `${app}.events`, 0, forged([newRecord('', { kind: 'owned', data })], undefined))
    await inTime('the owner notices', aborted(instance.given[at]!.signal), 60_000)
  }
  await until('the shard is given', () => instance.given.length === 5)
  await instance.given[4]!.append([newRecord('z')])
  await until('it is read', () => seen.includes('eventz'))
  over.abort()
  await reading
})

test('a former owner that sleeps and wakes gets LOG_FENCED, and nothing of it is after the newer marker', settings, async () => {
  const app = newApp('zombie')
  await using outsider = openCluster()
  await using instance = createInstance(await openLog(app, one))
  const shard = await instance.shard(0)
  await shard.append([newRecord('a')])
  const producer = await nextEpoch(outsider, app, 0)
  // Before the newer marker it may still write.
  await shard.append([newRecord('b')])
  const marker = await produce(
    outsider,
    `${app}.events`,
    0,
    forged([newRecord('', { kind: 'owned', data: '{"epoch":1,"owner":"x"}' })], undefined, producer),
  )
  const appends = ['c', 'd', 'e', 'f', 'g', 'h', 'i'].map((id) => codeOf(shard.append([newRecord(id)])))
  assert.deepEqual([...new Set(await inTime('all are refused', Promise.all(appends), 60_000))], ['LOG_FENCED'])
  await until('the shard is given again', () => instance.given.length === 2)
  assert.ok(instance.given[1]!.marker > marker)
  assert.deepEqual(await idsFrom(instance.log, 0), ['a', 'b'])
})

test('events that were deleted are told as LOG_DAMAGED, with where the log begins', settings, async () => {
  const app = newApp('truncated')
  await using outsider = openCluster()
  await using instance = createInstance(await openLog(app, one))
  const shard = await instance.shard(0)
  for (const id of ['a', 'b', 'c', 'd']) await shard.append([newRecord(id)])
  await deleteBefore(outsider, `${app}.events`, 0, 3)
  await using fresh = await openLog(app, one)
  const reading = (async () => {
    for await (const batch of fresh.read(0, 0, AbortSignal.timeout(60_000))) assert.fail(`got ${batch.first}`)
  })()
  await assert.rejects(reading, { code: 'LOG_DAMAGED', message: /begins at 3.*retention\.ms=-1/ })
  assert.deepEqual(await idsFrom(fresh, 3), ['c', 'd'], 'what is there can be read')
  const beyond = (async () => {
    for await (const batch of fresh.read(0, 100, AbortSignal.timeout(60_000))) assert.fail(`got ${batch.first}`)
  })()
  await assert.rejects(beyond, { code: 'LOG_DAMAGED', message: /ends before/ })
})
