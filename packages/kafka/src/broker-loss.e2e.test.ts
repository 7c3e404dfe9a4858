import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { openKafkaCluster, whyNoJava, type KafkaCluster } from '@millrace/testing/kafka'
import {
  aborted,
  codeOf,
  createInstance,
  inTime,
  newApp,
  newCommand,
  newRecord,
  openCluster,
  openLog,
  readAll,
  renewal,
  until,
} from './fixtures/logs.ts'
import { forged, nextEpoch, produce } from './fixtures/outsider.ts'

/** A broker of these tests' own, which they kill and stop. */
let cluster: KafkaCluster
const reason = await whyNoJava()
const settings = { skip: reason === undefined ? false : `no Kafka: ${reason}`, timeout: 280_000 }
before(async () => {
  // Producers that have been idle for a day are looked for often.
  if (reason === undefined) cluster = await openKafkaCluster({ config: { 'producer.id.expiration.check.interval.ms': '500' } })
})
after(async () => {
  if (reason === undefined) await cluster[Symbol.asyncDispose]()
})
const open = (what: string, options: object = {}) => openLog(newApp(what), { brokers: cluster.bootstrap, partitions: 1, ...options })

test('who only sends finds out by itself that the broker is back', settings, async () => {
  await using log = await open('sender', { deliveryTimeoutMs: 1_500, requestTimeoutMs: 1_000 })
  await log.submit(0, newCommand('before'))
  await cluster.brokers[0]!.kill()
  await until(
    'it is told',
    async () => (await codeOf(log.submit(0, newCommand('meanwhile')))) === 'LOG_UNAVAILABLE' && log.trouble() !== undefined,
  )
  // Long enough for all that was under way to have failed.
  await sleep(2_000)
  await cluster.brokers[0]!.start()
  await until('a command is taken', async () => (await codeOf(log.submit(0, newCommand('after')))) === 'none')
  assert.equal(log.trouble(), undefined)
})

test('an owner goes on after the broker was killed and started: all once, and in order', settings, async () => {
  await using instance = createInstance(await open('killed', { requestTimeoutMs: 2_000 }))
  const shard = await instance.shard(0)
  const appends: Promise<number>[] = []
  for (let at = 0; at < 3_000; at++) {
    // Of now: Kafka forgets a producer whose newest record is a day old, whenever that came.
    appends.push(shard.append([newRecord(`c${at}`, { timeMs: Date.now() })]))
    if (at === 1_000) void cluster.brokers[0]!.kill().then(() => cluster.brokers[0]!.start())
    if (at % 10 === 0) await sleep(1)
  }
  const firsts = await inTime('all are stored', Promise.all(appends), 120_000)
  assert.deepEqual(
    firsts,
    Array.from(firsts, (_, at) => shard.marker + 1 + at),
  )
  const stored = (await readAll(instance.log, 0)).filter(({ record }) => record.kind === 'event').map(({ record }) => record.commandId)
  assert.deepEqual(
    stored,
    Array.from(stored, (_, at) => `c${at}`),
  )
  assert.equal(stored.length, 3_000)
})

test('a broker that is paused for longer than an append may take costs the shards, not the owner', settings, async () => {
  await using instance = createInstance(await open('paused', { deliveryTimeoutMs: 1_500, requestTimeoutMs: 1_000 }))
  const shard = await instance.shard(0)
  await shard.append([newRecord('a')])
  await cluster.brokers[0]!.pause()
  try {
    assert.equal(await inTime('the append settles', codeOf(shard.append([newRecord('b')])), 60_000), 'LOG_OUTCOME_UNKNOWN')
    await sleep(6_000)
  } finally {
    cluster.brokers[0]!.resume()
  }
  await until('the shard is given again', () => instance.shards.size === 1)
  await instance.shards.get(0)!.append([newRecord('c')])
  const stored = (await readAll(instance.log, 0)).filter(({ record }) => record.kind === 'event').map(({ record }) => record.commandId)
  assert.ok(['a,c', 'a,b,c'].includes(stored.join()), stored.join())
})

for (const [what, ageMs, isKept] of [
  ['of now keeps former owners out', 0, true],
  ['that bears a time of two days ago is as good as none to Kafka', 2 * 86_400_000, false],
] as const) {
  test(`a renewal ${what}`, settings, async () => {
    const app = newApp('renewed')
    await using outsider = openCluster('outsider', 10_000, cluster.bootstrap)
    await using log = await openLog(app, { brokers: cluster.bootstrap, partitions: 1 })
    const former = await nextEpoch(outsider, app, 0)
    await using instance = createInstance(log)
    const shard = await instance.shard(0)
    await shard.append([{ ...renewal(shard), timeMs: Date.now() - ageMs }])
    await sleep(2_000)
    const late = () => produce(outsider, `${app}.events`, 0, forged([newRecord('late', { timeMs: Date.now() })], 0, former))
    if (isKept) await assert.rejects(late(), /Kafka error (47|90)/)
    // The broker looks for producers to forget now and then.
    else
      await until('the former owner is forgotten', () =>
        late()
          .then(() => true)
          .catch(() => false),
      )
    // Either way nobody is given it.
    const stored = await readAll(log, 0)
    assert.deepEqual(
      stored.map(({ record }) => record.kind),
      ['owned', 'owned'],
    )
  })
}

test('a log that is closed while the broker is paused ends soon, and all that waits for it', settings, async () => {
  const log = await open('closed')
  const appending = Promise.withResolvers<string>()
  const owning = codeOf(
    log.own(async (shard) => {
      await shard.append([newRecord('a')])
      await cluster.brokers[0]!.pause()
      appending.resolve(await codeOf(shard.append([newRecord('b')])))
      await aborted(shard.signal)
    }, new AbortController().signal),
  )
  try {
    await sleep(1_000)
    const submitting = codeOf(log.submit(0, newCommand('c')))
    await inTime('closing', Promise.resolve(log[Symbol.asyncDispose]()), 20_000)
    assert.equal(await inTime('the append settles', appending.promise, 20_000), 'LOG_CLOSED')
    assert.equal(await inTime('own() settles', owning, 20_000), 'LOG_CLOSED')
    assert.equal(await inTime('the command settles', submitting, 20_000), 'LOG_CLOSED')
  } finally {
    cluster.brokers[0]!.resume()
  }
})
