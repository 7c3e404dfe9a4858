import { setTimeout as sleep } from 'node:timers/promises'
import { createTopicsV7, describeConfigsV4, fetchV17, initProducerIdV5, joinGroupV9, produceV11 } from '@platformatic/kafka'
import { MillraceError } from '@millrace/core'
import type { Cluster } from '../client/cluster.ts'
import { deniedNames, isDenied, KAFKA, kafkaCode, kafkaCodes, kafkaReason, toMillraceError } from '../client/failure.ts'
import { commandsSettings, eventsSettings, wrongSettings, type TopicSetting } from './topic-settings.ts'

/** What describeConfigs calls a topic. Source: ConfigResource.Type. */
const TOPIC = 2
const CREATE_TIMEOUT_MS = 10_000
/** How long a topic that was just made may take to have leaders everywhere, in milliseconds. */
const LEADERS_TIMEOUT_MS = 30_000

export interface TopicsOptions {
  readonly cluster: Cluster
  readonly commandsTopic: string
  readonly eventsTopic: string
  /** Undefined: as many as the topics have, or 12 where they are made. */
  readonly partitions: number | undefined
  /** Undefined: three, or as many brokers as there are. */
  readonly replicationFactor: number | undefined
}

export interface Topics {
  readonly partitions: number
  /** The least `max.message.bytes` of both. */
  readonly maxMessageBytes: number
  /** How long commands are kept, in milliseconds; undefined for ever. */
  readonly commandsRetentionMs: number | undefined
}

/** Sees that the brokers speak what is needed: Kafka 4.0 or newer. */
export async function checkVersions(cluster: Cluster): Promise<void> {
  const versions = await cluster.versions()
  const missing = [
    ['Produce', produceV11.api],
    ['Fetch', fetchV17.api],
    ['JoinGroup', joinGroupV9.api],
    ['InitProducerId', initProducerIdV5.api],
    ['CreateTopics', createTopicsV7.api],
  ] as const
  for (const [name, { key, version }] of missing) {
    const known = versions.get(key)
    if (known !== undefined && version >= known.min && version <= known.max) continue
    throw new MillraceError(
      'LOG_MISCONFIGURED',
      `the Kafka broker at ${cluster.addresses} does not know ${name} version ${version}; Apache Kafka 4.0 or newer is needed`,
    )
  }
}

/** Makes the topics where they are not there; where they are, sees that nothing in their settings would lose anything. */
export async function openTopics(options: TopicsOptions): Promise<Topics> {
  const { cluster, commandsTopic, eventsTopic } = options
  const names = [commandsTopic, eventsTopic]
  let found = await cluster.watch(names)
  const missing = names.filter((name) => !found.has(name))
  if (missing.length > 0) {
    const partitions = found.get(commandsTopic) ?? found.get(eventsTopic) ?? options.partitions ?? 12
    await makeTopics(options, missing, partitions)
    found = await untilLed(cluster, names, partitions)
  }
  const partitions = partitionsOf(options, found)
  const settings = await readSettings(cluster, names)
  const problems = [
    ...wrongSettings(commandsTopic, commandsSettings, settings.get(commandsTopic)!),
    ...wrongSettings(eventsTopic, eventsSettings, settings.get(eventsTopic)!),
  ]
  if (problems.length > 0) throw new MillraceError('LOG_MISCONFIGURED', problems.join('\n'))
  const setting = (topic: string, name: string): number => Number(settings.get(topic)!.get(name))
  const retentionMs = setting(commandsTopic, 'retention.ms')
  return {
    partitions,
    maxMessageBytes: Math.min(...names.map((name) => setting(name, 'max.message.bytes'))),
    commandsRetentionMs: retentionMs < 0 ? undefined : retentionMs,
  }
}

function partitionsOf({ commandsTopic, eventsTopic, partitions }: TopicsOptions, found: ReadonlyMap<string, number>): number {
  const commands = found.get(commandsTopic)!
  const events = found.get(eventsTopic)!
  if (commands !== events) {
    throw new MillraceError(
      'LOG_MISCONFIGURED',
      `topic ${commandsTopic} has ${commands} partitions and ${eventsTopic} has ${events}: both need the same number. Partitions are never added to an app that has run: keys would move`,
    )
  }
  if (partitions !== undefined && partitions !== events) {
    throw new TypeError(
      `partitions: the topics ${commandsTopic} and ${eventsTopic} have ${events} partitions, and ${partitions} were asked for; leave it out, or give ${events}`,
    )
  }
  return events
}

async function makeTopics(
  { cluster, commandsTopic, replicationFactor }: TopicsOptions,
  names: readonly string[],
  partitions: number,
): Promise<void> {
  const replicas = replicationFactor ?? Math.min(3, cluster.nodes)
  const toConfigs = (settings: readonly TopicSetting[]): { name: string; value: string }[] => [
    ...settings.flatMap(({ name, wanted }) => (wanted === undefined ? [] : [{ name, value: wanted }])),
    // One broker may be away, and what was acknowledged is on two disks all the same.
    { name: 'min.insync.replicas', value: String(replicas >= 3 ? 2 : 1) },
    // The recorded time is the decision's: a clock that is ahead is no reason to refuse it.
    { name: 'message.timestamp.after.max.ms', value: '9223372036854775807' },
  ]
  const topics = names.map((name) => ({
    name,
    numPartitions: partitions,
    replicationFactor: replicas,
    assignments: [],
    configs: toConfigs(name === commandsTopic ? commandsSettings : eventsSettings),
  }))
  try {
    await cluster.ask(createTopicsV7.api, topics, CREATE_TIMEOUT_MS, false)
  } catch (error) {
    // Another instance was faster.
    if (kafkaCodes(error).every((code) => code === KAFKA.TOPIC_ALREADY_EXISTS)) return
    const what = `creating the topics ${names.join(' and ')}`
    if (isDenied(error)) {
      const denied = deniedNames(error, { list: 'topics', name: 'name', all: names })
      throw toMillraceError(error, what, `Create on the topic ${denied}, or make it beforehand (docs/kafka.md has the commands)`)
    }
    if (kafkaCode(error) === undefined) throw toMillraceError(error, what)
    throw new MillraceError('LOG_MISCONFIGURED', `${what} failed: ${kafkaReason(error)}`, { cause: error })
  }
}

async function untilLed(cluster: Cluster, names: readonly string[], partitions: number): Promise<ReadonlyMap<string, number>> {
  const deadline = performance.now() + LEADERS_TIMEOUT_MS
  for (;;) {
    const found = await cluster.watch(names)
    if (names.every((name) => found.has(name) && cluster.leaders(name).every((leader) => leader >= 0))) return found
    if (performance.now() > deadline) {
      throw new MillraceError(
        'LOG_UNAVAILABLE',
        `the topics ${names.join(' and ')} with ${partitions} partitions did not get leaders within ${LEADERS_TIMEOUT_MS} ms`,
      )
    }
    await sleep(50)
  }
}

async function readSettings(cluster: Cluster, names: readonly string[]): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const { results } = await cluster
    .ask(
      describeConfigsV4.api,
      names.map((resourceName) => ({ resourceType: TOPIC, resourceName, configurationKeys: null })),
      false,
      false,
    )
    .catch((error: unknown) => {
      const denied = deniedNames(error, { list: 'results', name: 'resourceName', all: names })
      throw toMillraceError(error, `reading the settings of the topics ${names.join(' and ')}`, `DescribeConfigs on the topic ${denied}`)
    })
  return new Map(
    results.map(({ resourceName, configs }) => [
      resourceName,
      new Map(configs.flatMap(({ name, value }) => (typeof value !== 'string' ? [] : [[name, value] as const]))),
    ]),
  )
}
