import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTopicsV7, Producer, stringSerializers } from '@platformatic/kafka'
import type { MillraceError, OwnedShard, StoredCommand, UnreadableCommand } from '@millrace/core'
import { deleteBefore } from './fixtures/outsider.ts'
import { brokers, createInstance, newApp, newCommand, openCluster, openLog, skip, until } from './fixtures/logs.ts'

const settings = { skip, timeout: 200_000 }
const one = { partitions: 1 }
type Command = StoredCommand | UnreadableCommand

async function take(shard: OwnedShard, from: number, to: number): Promise<readonly Command[]> {
  const taken: Command[] = []
  for await (const some of shard.commands(from, 1_000)) {
    taken.push(...some)
    if (taken.at(-1)!.offset >= to - 1) return taken
  }
  throw new Error(`only ${taken.length} commands came`)
}
const whyOf = (command: Command | undefined): string =>
  command !== undefined && 'unreadable' in command ? command.unreadable : 'it is readable'
const headers = (id: string) => ({
  ce_specversion: '1.0',
  ce_id: id,
  ce_type: 'Count',
  ce_source: '/elsewhere',
  'content-type': 'application/json',
})
const openProducer = (options: object = {}) =>
  new Producer({
    clientId: 'elsewhere',
    bootstrapBrokers: [...brokers],
    serializers: stringSerializers,
    autocreateTopics: false,
    ...options,
  })

for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
  test(`takes commands of another client, compressed by ${compression}`, settings, async () => {
    const app = newApp(compression)
    await using instance = createInstance(await openLog(app, one))
    const producer = openProducer()
    const messages = Array.from({ length: 500 }, (_, at) => ({
      topic: `${app}.commands`,
      partition: 0,
      key: `key ${at}`,
      value: `{"at":${at}}`,
      headers: headers(`id ${at}`),
    }))
    await producer.send({ messages, compression: compression })
    await producer.close()
    const taken = await take(await instance.shard(0), 0, 500)
    assert.deepEqual(
      taken.map((command) =>
        'unreadable' in command ? command.unreadable : [command.offset, command.id, command.key, command.data, command.isForeign],
      ),
      messages.map(({ key, value }, at) => [at, `id ${at}`, key, value, true]),
    )
  })
}

test('what is no command comes as unreadable, at its offset, and those around it as they are', settings, async () => {
  const app = newApp('unreadable')
  const topic = `${app}.commands`
  await using instance = createInstance(await openLog(app, one))
  const shard = await instance.shard(0)
  await instance.log.submit(0, newCommand('before'))
  const producer = openProducer()
  const send = (message: object): Promise<unknown> => producer.send({ messages: [{ topic, partition: 0, ...message }] })
  await send({ key: 'k', headers: headers('no value') })
  await send({ value: '{}', headers: headers('no key') })
  await send({ key: 'k', value: '{}' })
  await send({ key: 'k', value: '{}', headers: { ...headers(''), ce_id: '' } })
  await send({ key: 'k', value: 'x'.repeat(1024 * 1024 + 1), headers: headers('large') })
  await send({
    key: 'k',
    value: '{"specversion":"1.0","id":"s","type":"Count","data":{"a":1}}',
    headers: { 'content-type': 'application/cloudevents+json' },
  })
  await producer.close()
  const transactional = openProducer({ transactionalId: `${app}.outside`, idempotent: true })
  const transaction = await transactional.beginTransaction()
  await transaction.send({ messages: [{ topic, partition: 0, key: 'k', value: '{}', headers: headers('in a transaction') }] })
  await transaction.commit()
  await transactional.close()
  await until('all are there, with the end of the transaction', async () => (await instance.log.submit(0, newCommand('after'))) >= 10)
  const taken = await take(shard, 0, 11)
  assert.deepEqual(
    taken.slice(0, 8).map(({ offset }) => offset),
    [0, 1, 2, 3, 4, 5, 6, 7],
  )
  const expected = [/readable/, /no value/, /no record key/, /ce_specversion/, /no id/, /1048577 bytes/, /readable/, /readable/, /readable/]
  for (const [at, why] of expected.entries()) assert.match(whyOf(taken[at]), why)
  assert.equal((taken[6] as StoredCommand).data, '{"a":1}')
})

test('a record of 10 MB is told as unreadable, and what comes after it is taken', settings, async () => {
  const app = newApp('large')
  await using outsider = openCluster()
  const configs = [{ name: 'max.message.bytes', value: String(16 * 1024 * 1024) }]
  const topics = [`${app}.commands`, `${app}.events`].map((name) => ({
    name,
    numPartitions: 1,
    replicationFactor: 1,
    assignments: [],
    configs: [...configs, { name: 'retention.ms', value: '-1' }],
  }))
  await outsider.ask(createTopicsV7.api, topics, 10_000, false)
  await using instance = createInstance(await openLog(app, one))
  const producer = openProducer({ maxRequestSize: 32 * 1024 * 1024 })
  await producer.send({
    messages: [{ topic: `${app}.commands`, partition: 0, key: 'k', value: 'x'.repeat(10 * 1024 * 1024), headers: headers('large') }],
  })
  await producer.close()
  await instance.log.submit(0, newCommand('after'))
  const taken = await take(await instance.shard(0), 0, 2)
  assert.match(whyOf(taken[0]), /10485760 bytes/)
  assert.equal((taken[1] as StoredCommand).id, 'after')
})

test('commands that were deleted before they were decided are told as lost, and the shard goes on', settings, async () => {
  const app = newApp('lost')
  await using outsider = openCluster()
  const troubles: MillraceError[] = []
  await using instance = createInstance(await openLog(app, { ...one, onTrouble: (error) => troubles.push(error) }))
  const shard = await instance.shard(0)
  for (let at = 0; at < 10; at++) await instance.log.submit(0, newCommand(`c${at}`))
  await deleteBefore(outsider, `${app}.commands`, 0, 7)
  const taken = await take(shard, 2, 10)
  assert.deepEqual(
    taken.map(({ offset }) => offset),
    [7, 8, 9],
  )
  const told = troubles.filter(({ code }) => code === 'COMMANDS_LOST')
  assert.equal(told.length, 1)
  assert.match(told[0]!.message, /from offset 2 to 6 were deleted/)
})

test('an owner that takes no commands holds a bounded part of those that come', settings, async () => {
  const app = newApp('pressure')
  await using instance = createInstance(await openLog(app, one))
  const shard = await instance.shard(0)
  const commands = shard.commands(0, 200_000)[Symbol.asyncIterator]()
  await instance.log.submit(0, newCommand('first'))
  await commands.next()
  for (let round = 0; round < 20; round++)
    await Promise.all(Array.from({ length: 5_000 }, (_, at) => instance.log.submit(0, newCommand(`c${round}.${at}`))))
  await new Promise((resolve) => setTimeout(resolve, 500))
  let next = 1
  let largest = 0
  while (next <= 100_000) {
    const { value } = (await commands.next()) as { value: readonly Command[] }
    largest = Math.max(largest, value.length)
    for (const { offset } of value) assert.equal(offset, next++)
  }
  assert.ok(largest < 20_000, `${largest} commands were waiting`)
  await commands.return?.()
})
