/** A broker that allows nothing but what is granted, and docs/kafka.md, which says what is needed. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { after, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { createAclsV3, createTopicsV7, describeAclsV3 } from '@platformatic/kafka'
import { kafkaClassPath, openKafkaCluster, type KafkaCluster } from '@millrace/testing/kafka'
import type { Log } from '@millrace/core'
import { Cluster } from './client/cluster.ts'
import {
  createInstance,
  inTime,
  newCommand,
  newRecord,
  readAll,
  renewal,
  until,
  whyNoOwnBroker,
  type Instance,
} from './fixtures/instances.ts'
import { openKafkaLog } from './open-kafka-log.ts'

const execute = promisify(execFile)
const settings = { timeout: 240_000 }
const skip = await whyNoOwnBroker()
const docs = await readFile(path.resolve(import.meta.dirname, '../../../docs/kafka.md'), 'utf8')

/** Source: org.apache.kafka.common.resource.ResourceType, .acl.AclOperation, .resource.PatternType, .acl.AclPermissionType. */
const RESOURCES = { topic: 2, group: 3, 'transactional id': 5 } as const
const OPERATIONS = { Read: 3, Write: 4, Create: 5, DescribeConfigs: 10 } as const
const LITERAL = 3
const PREFIXED = 4
const ALLOW = 3
const ANY = 1

interface Right {
  readonly resource: keyof typeof RESOURCES
  /** What comes after the app's name. */
  readonly name: string
  readonly operation: keyof typeof OPERATIONS
  /** What is said where it is missing. */
  readonly said: RegExp
}

const needed: readonly Right[] = [
  { resource: 'topic', name: '.commands', operation: 'DescribeConfigs', said: /DescribeConfigs on the topic app-\d+\.commands$/ },
  { resource: 'topic', name: '.commands', operation: 'Read', said: /Read on the topic app-\d+\.commands$/ },
  { resource: 'topic', name: '.commands', operation: 'Write', said: /Write on the topic app-\d+\.commands$/ },
  { resource: 'topic', name: '.events', operation: 'DescribeConfigs', said: /DescribeConfigs on the topic app-\d+\.events$/ },
  { resource: 'topic', name: '.events', operation: 'Read', said: /Read on the topic app-\d+\.events$/ },
  { resource: 'topic', name: '.events', operation: 'Write', said: /Write on the topic app-\d+\.events$/ },
  { resource: 'group', name: '.shards', operation: 'Read', said: /Read on the group app-\d+\.shards$/ },
  { resource: 'transactional id', name: '.events-', operation: 'Write', said: /Write on the transactional id app-\d+\.events-0,/ },
]
const create = (name: string): Right => ({ resource: 'topic', name, operation: 'Create', said: /Create/ })

/** What each user is called and signs in with: users and apps have one name. */
const apps = ['tickets', 'maker', 'stranger', 'split', 'reader', ...needed.map((_right, at) => `app-${at}`), 'app-100']
const users = Object.fromEntries(apps.map((app) => [app, `secret-of-${app}`]))

const open = (cluster: KafkaCluster, app: string, user = app): Promise<Log> =>
  openKafkaLog({
    brokers: cluster.bootstrap,
    app,
    onTrouble: () => undefined,
    sasl: { mechanism: 'PLAIN', username: user, password: users[user]! },
  })

/** A promise that rejects when `instance` is told that it may own nothing. */
const isDeniedShards = (instance: Instance): Promise<never> => instance.owning.then(() => new Promise<never>(() => undefined))

/** All that an app does: two processes, a handover between them, renewal, commands, events. Partition 0 only. */
async function goRound(cluster: KafkaCluster, app: string): Promise<void> {
  await using first = createInstance(await open(cluster, app))
  await inTime('the first process', Promise.race([isDeniedShards(first), useAll(first)]))
  await using second = createInstance(await open(cluster, app))
  await first.release()
  await inTime('the second process', Promise.race([isDeniedShards(second), useAll(second)]))
}

async function useAll(instance: Instance): Promise<void> {
  const { log } = instance
  const offset = await log.submit(0, newCommand(`c${Math.random()}`))
  const shard = await instance.shard(0)
  for await (const commands of shard.commands(offset, 10)) {
    assert.equal(commands[0]!.offset, offset)
    break
  }
  await shard.append([newRecord('c1')])
  await shard.append([renewal(shard)])
  const last = await shard.append([newRecord('c2')])
  assert.ok((await log.ends())[0]! > last)
  assert.equal((await readAll(log, 0)).at(-1)!.record.commandId, 'c2')
}

/** The command lines of docs/kafka.md that begin with `command`, or the loops around them. */
function commandsOf(command: string): readonly string[] {
  const blocks = docs.match(/(?:^ {4}.*\n)+/gm) ?? []
  return blocks.filter((block) => block.includes(command)).map((block) => block.replaceAll('…', '"$BROKERS"'))
}

/** Runs shell commands as an operator would: Kafka's scripts, on the listener of whoever may do everything. */
async function runShell(cluster: KafkaCluster, script: string): Promise<void> {
  const classes = { 'kafka-acls.sh': 'AclCommand', 'kafka-topics.sh': 'TopicCommand' }
  for (const [name, main] of Object.entries(classes)) {
    const file = path.join(cluster.directory, name)
    await writeFile(
      file,
      `#!/bin/sh\nexec java -XX:TieredStopAtLevel=1 -cp '${await kafkaClassPath()}' org.apache.kafka.tools.${main} "$@"\n`,
    )
    await chmod(file, 0o755)
  }
  const env = { ...process.env, PATH: `${cluster.directory}:${process.env['PATH'] ?? ''}`, BROKERS: cluster.internal.join(',') }
  await execute('sh', ['-e', '-c', script], { env })
}

async function grant(outsider: Cluster, app: string, rights: readonly Right[], user = app): Promise<void> {
  const acls = rights.map(({ resource, name, operation }) => ({
    resourceType: RESOURCES[resource],
    resourceName: `${app}${name}`,
    resourcePatternType: resource === 'transactional id' ? PREFIXED : LITERAL,
    principal: `User:${user}`,
    host: '*',
    operation: OPERATIONS[operation],
    permissionType: ALLOW,
  }))
  await outsider.ask(createAclsV3.api, acls as Parameters<typeof createAclsV3.api.async>[1])
  const mine = { resourceType: ANY, resourcePatternType: ANY, principal: `User:${user}`, operation: ANY, permissionType: ANY } as const
  await until('the broker knows the rights', async () => {
    const { resources } = await outsider.ask(describeAclsV3.api, mine as Parameters<typeof describeAclsV3.api.async>[1])
    return resources.reduce((count, resource) => count + resource.acls.length, 0) >= rights.length
  })
}

async function makeTopics(outsider: Cluster, app: string): Promise<void> {
  const configs = [
    { name: 'max.message.bytes', value: '8388608' },
    { name: 'retention.ms', value: '-1' },
  ]
  const topics = [`${app}.commands`, `${app}.events`].map((name) => ({
    name,
    numPartitions: 1,
    replicationFactor: 1,
    assignments: [],
    configs,
  }))
  await outsider.ask(createTopicsV7.api, topics, 10_000, false)
}

test('docs/kafka.md lists the rights that are needed', () => {
  const listed = [...docs.matchAll(/^\| (topic|group|transactional id)(?:, prefixed)? +`tickets([^`]+)` +\| ([^|]+?) +\|$/gm)].flatMap(
    ([, resource, name, operations]) => operations!.split(', ').map((operation) => `${resource!} ${name!} ${operation}`),
  )
  assert.deepEqual(
    listed,
    needed.map(({ resource, name, operation }) => `${resource} ${name} ${operation}`),
  )
})

describe('on a broker that allows what is granted and no more', { skip }, async () => {
  if (skip !== false) return
  const cluster = await openKafkaCluster({ security: 'sasl', users, acls: true })
  const [address = ''] = cluster.internal
  const outsider = new Cluster({
    brokers: [{ host: '127.0.0.1', port: Number(address.split(':')[1]) }],
    clientId: 'operator',
    requestTimeoutMs: 10_000,
  })
  after(async () => {
    await outsider.close()
    await cluster[Symbol.asyncDispose]()
  })

  test('all works with topics and rights made by the commands of docs/kafka.md', settings, async () => {
    const [makeCommands = ''] = commandsOf('kafka-topics.sh')
    const oneBroker = makeCommands
      .replace('--replication-factor 3', '--replication-factor 1')
      .replace('min.insync.replicas=2', 'min.insync.replicas=1')
    const makeEvents = oneBroker.replace('tickets.commands', 'tickets.events').replace('retention.ms=604800000', 'retention.ms=-1')
    await runShell(cluster, `${oneBroker}\n${makeEvents}\n${commandsOf('kafka-acls.sh').join('\n')}`)
    await goRound(cluster, 'tickets')
  })

  for (const [at, right] of needed.entries()) {
    test(`names what is missing: ${right.operation} on the ${right.resource} <app>${right.name}`, settings, async () => {
      const app = `app-${at}`
      await makeTopics(outsider, app)
      await grant(
        outsider,
        app,
        needed.filter((each) => each !== right),
      )
      await assert.rejects(goRound(cluster, app), { code: 'LOG_DENIED', message: right.said })
    })
  }

  test('a process that only reads needs no right to own', settings, async () => {
    await makeTopics(outsider, 'split')
    await grant(outsider, 'split', needed)
    const reading = needed.filter(
      ({ resource, name, operation }) =>
        resource === 'topic' && (operation === 'DescribeConfigs' || operation === (name === '.commands' ? 'Write' : 'Read')),
    )
    assert.equal(reading.length, 4)
    await grant(outsider, 'split', reading, 'reader')
    await using writing = createInstance(await open(cluster, 'split'))
    await using log = await open(cluster, 'split', 'reader')
    const offset = await log.submit(0, newCommand('c1'))
    const shard = await writing.shard(0)
    for await (const commands of shard.commands(offset, 10)) {
      assert.equal(commands[0]!.offset, offset)
      break
    }
    await shard.append([newRecord('c1')])
    await until('it reads what was decided', async () => (await readAll(log, 0)).at(-1)?.record.commandId === 'c1')
    assert.equal(log.trouble(), undefined)
  })

  test('who may create the topics need not make them beforehand', settings, async () => {
    await grant(outsider, 'maker', [...needed, create('.commands'), create('.events')])
    await using log = await open(cluster, 'maker')
    assert.equal(log.partitions, 12)
  })

  test('who may not is told which one, and how else', settings, async () => {
    await grant(outsider, 'app-100', [...needed, create('.commands')])
    const message = /grant this user Create on the topic app-100\.events, or make it beforehand \(docs\/kafka\.md/
    await assert.rejects(open(cluster, 'app-100'), { code: 'LOG_DENIED', message })
  })

  test('who has no right at all is told what the topics take', settings, () =>
    assert.rejects(open(cluster, 'stranger'), {
      code: 'LOG_DENIED',
      message: /grant this user Read, Write and DescribeConfigs on the topic stranger\.commands and stranger\.events$/,
    }),
  )
})
