import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTopicsV7, deleteTopicsV6 } from '@platformatic/kafka'
import { MillraceError } from '@millrace/core'
import { codeOf, newApp, openCluster, openLog, skip, until } from './fixtures/logs.ts'

const settings = { skip, timeout: 200_000 }
const sane = { 'max.message.bytes': '8388608', 'retention.ms': '-1' }

/** Makes topics as an operator might. */
async function make(
  topics: Readonly<Record<string, { readonly partitions?: number; readonly configs?: Readonly<Record<string, string>> }>>,
): Promise<void> {
  await using cluster = openCluster()
  const wanted = Object.entries(topics).map(([name, { partitions = 2, configs = {} }]) => ({
    name,
    numPartitions: partitions,
    replicationFactor: 1,
    assignments: [],
    configs: Object.entries({ ...sane, ...configs }).map(([each, value]) => ({ name: each, value })),
  }))
  await cluster.ask(createTopicsV7.api, wanted, 10_000, false)
}

const opening = (app: string, options: Parameters<typeof openLog>[1] = {}): Promise<unknown> => {
  const { partitions, ...rest } = options
  return openLog(app, { ...rest, ...(partitions === undefined ? { partitions: 2 } : { partitions }) })
}

for (const [what, topic, configs, message] of [
  [
    'compacted events',
    'events',
    { 'cleanup.policy': 'compact' },
    /events: cleanup\.policy is compact; expected delete.*--add-config cleanup\.policy=delete/,
  ],
  [
    'events that are deleted after a week',
    'events',
    { 'retention.ms': '604800000' },
    /events: retention\.ms is 604800000; expected -1.*--add-config retention\.ms=-1/,
  ],
  ['events that are deleted by size', 'events', { 'retention.bytes': '1000000' }, /events: retention\.bytes is 1000000; expected -1/],
  [
    'batches that are too small',
    'commands',
    { 'max.message.bytes': '1000000' },
    /commands: max\.message\.bytes is 1000000; expected at least 1100000/,
  ],
  [
    'commands that are deleted within a day',
    'commands',
    { 'retention.ms': '3600000' },
    /commands: retention\.ms is 3600000; expected -1 or at least 86400000/,
  ],
  [
    'times of the broker',
    'commands',
    { 'message.timestamp.type': 'LogAppendTime' },
    /commands: message\.timestamp\.type is LogAppendTime; expected CreateTime/,
  ],
] as const) {
  test(`names the setting, and what mends it: ${what}`, settings, async () => {
    const app = newApp('settings')
    await make({
      [`${app}.commands`]: { configs: topic === 'commands' ? configs : {} },
      [`${app}.events`]: { configs: topic === 'events' ? configs : {} },
    })
    await assert.rejects(opening(app), { code: 'LOG_MISCONFIGURED', message })
  })
}

test('names every wrong setting at once', settings, async () => {
  const app = newApp('settings')
  await make({
    [`${app}.commands`]: { configs: { 'cleanup.policy': 'compact' } },
    [`${app}.events`]: { configs: { 'retention.ms': '1000' } },
  })
  await assert.rejects(opening(app), { code: 'LOG_MISCONFIGURED', message: /cleanup\.policy[^]*retention\.ms/ })
})

test('refuses topics that do not have the same number of partitions, and another number than was asked for', settings, async () => {
  const app = newApp('partitions')
  await make({ [`${app}.commands`]: { partitions: 2 }, [`${app}.events`]: { partitions: 3 } })
  await assert.rejects(opening(app), { code: 'LOG_MISCONFIGURED', message: /commands has 2 partitions and .*events has 3/ })
  const other = newApp('partitions')
  await make({ [`${other}.commands`]: { partitions: 2 }, [`${other}.events`]: { partitions: 2 } })
  await assert.rejects(opening(other, { partitions: 5 }), { name: 'TypeError', message: /have 2 partitions, and 5 were asked for/ })
})

test('makes the topic that is missing like the one that is there, whatever was asked for', settings, async () => {
  for (const there of ['commands', 'events']) {
    const app = newApp('half')
    await make({ [`${app}.${there}`]: { partitions: 2 } })
    await assert.rejects(opening(app, { partitions: 5 }), { name: 'TypeError', message: /have 2 partitions, and 5 were asked for/ })
    await using log = await openLog(app, { partitions: 2 })
    assert.equal(log.partitions, 2)
  }
})

test('says which broker does not answer, within its time', settings, async () => {
  const from = performance.now()
  const error = await openLog(newApp('away'), { brokers: ['127.0.0.1:1'] }).then(
    () => assert.fail('it was opened'),
    (each: unknown) => each as Error & { code: string },
  )
  assert.equal(error.code, 'LOG_UNAVAILABLE')
  assert.match(error.message, /no Kafka broker can be reached at 127\.0\.0\.1:1/)
  assert.ok(performance.now() - from < 60_000)
})

test('says that a topic was deleted under a running log, and not that it is empty', settings, async () => {
  const app = newApp('deleted')
  await using log = await openLog(app, { requestTimeoutMs: 1_000 })
  await using cluster = openCluster()
  const topics = [
    { name: `${app}.events`, topicId: undefined },
    { name: `${app}.commands`, topicId: undefined },
  ]
  await cluster.ask(deleteTopicsV6.api, topics as never, 10_000)
  await until('it is told', async () => {
    const ends = await log.ends().catch((error: unknown) => error as MillraceError)
    if (ends instanceof MillraceError) return ends.code === 'LOG_UNAVAILABLE'
    assert.equal(ends.length, 3)
    return false
  })
  assert.equal(await codeOf(log.ends()), 'LOG_UNAVAILABLE')
})
