import { hostname } from 'node:os'
import { listOffsetsV9 } from '@platformatic/kafka'
import { MillraceError, type Log, type NewCommand } from '@millrace/core'
import { Submitter } from './appending/submitter.ts'
import { Cluster } from './client/cluster.ts'
import { isHungUp, KAFKA, kafkaCode, toMillraceError } from './client/failure.ts'
import { retried } from './client/retry.ts'
import { checkOptions, type KafkaLogOptions } from './options.ts'
import { ChunkCache } from './reading/chunk-cache.ts'
import { CommandReader } from './reading/command-reader.ts'
import { EventTail, type OwnedBatch } from './reading/event-tail.ts'
import { Turns } from './reading/turns.ts'
import { Ownership } from './shards/ownership.ts'
import { KafkaShard } from './shards/owned-shard.ts'
import { checkVersions, openTopics } from './topics/topics.ts'
import { CommandDecoder, CommandEncoder } from './wire/command-records.ts'
import { EventDecoder, EventEncoder } from './wire/event-records.ts'

/** How long the brokers may take to answer at all when the log is opened, in milliseconds. */
const OPEN_TIMEOUT_MS = 15_000
/** Decoded chunks of events are kept up to so many bytes, as they came, for readers who come by a moment later. */
const CACHE_BYTES = 16 * 1024 * 1024
/** How long brokers may end every connection before that is told, in milliseconds: one that is about to go away does too. */
const HUNG_UP_MS = 4_000
const LATEST = -1n
/** Bytes of a batch that are none of its records'. */
const BATCH_OVERHEAD = 4_096

/**
 * The log on Apache Kafka 4.0 or newer: commands and events are topics of the same number of partitions, shards are
 * shared out by a consumer group, and each has one writer at a time, fenced by the log itself. Makes the topics where
 * they are not there. Throws `LOG_UNAVAILABLE` (no broker answers), `LOG_DENIED` (credentials, rights),
 * `LOG_MISCONFIGURED` (the topics' settings, the brokers' version) and `TypeError`, each with what mends it.
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<Log> {
  const checked = checkOptions(options)
  const { app, brokers, sessionTimeoutMs, heartbeatMs, deliveryTimeoutMs, requestTimeoutMs, renewEveryMs, onTrouble } = checked
  const commandsTopic = `${app}.commands`
  const eventsTopic = `${app}.events`
  const closed = new AbortController()
  const cluster = new Cluster({ brokers, clientId: `millrace-${app}`, tls: options.tls, sasl: options.sasl, requestTimeoutMs })
  const topics = await openAll().catch(async (error: unknown) => {
    await cluster.close()
    throw error instanceof TypeError ? error : toMillraceError(error, `opening the log on Kafka at ${cluster.addresses}`)
  })
  const { partitions } = topics

  const decoder = new EventDecoder()
  const cache = new ChunkCache<readonly OwnedBatch[]>(CACHE_BYTES)
  const turns = new Turns()
  const tails = Array.from(
    { length: partitions },
    (_, partition) => new EventTail({ cluster, topic: eventsTopic, partition, decoder, cache, turns, closed: closed.signal }),
  )
  const commandReaders = new Map<number, CommandReader>()
  const commandDecoder = new CommandDecoder()
  const submitter = new Submitter({
    cluster,
    topic: commandsTopic,
    encoder: new CommandEncoder(app),
    deliveryTimeoutMs: Math.ceil(deliveryTimeoutMs / 3),
    closed: closed.signal,
    onStored: (partition, first, commands) => commandReaders.get(partition)?.sent(first, commands),
  })
  const shardTopic = {
    cluster,
    app,
    eventsTopic,
    encoder: new EventEncoder(app),
    maxBatchBytes: topics.maxMessageBytes,
    deliveryTimeoutMs,
    renewEveryMs,
    owner: `${hostname()}:${process.pid}`,
  }
  const ownership = new Ownership({
    membership: {
      cluster,
      groupId: `${app}.shards`,
      topic: commandsTopic,
      partitions,
      sessionTimeoutMs,
      heartbeatMs,
      instanceId: options.instanceId,
    },
    createShard: (partition, over) =>
      new KafkaShard(partition, shardTopic, {
        tail: tails[partition]!,
        over,
        commands: (from, signal) => {
          const retentionMs = topics.commandsRetentionMs
          const reader = new CommandReader(
            { cluster, topic: commandsTopic, partition, decoder: commandDecoder, retentionMs, onTrouble },
            from,
            signal,
          )
          commandReaders.set(partition, reader)
          return reader
        },
      }),
    onEnded: (partition) => {
      commandReaders.delete(partition)
      tails[partition]!.disowned()
    },
    onTrouble,
  })

  const requireOpen = (): void => {
    if (closed.signal.aborted) throw closedError()
  }
  const requirePartition = (partition: number): void => {
    requireOpen()
    if (!(partition >= 0 && partition < partitions)) throw new TypeError(`partition: expected 0 to ${partitions - 1}, got ${partition}`)
  }
  let closing: Promise<void> | undefined

  return {
    partitions,
    identity: cluster.topicId(eventsTopic),
    maxCommandBytes: topics.maxMessageBytes - BATCH_OVERHEAD,
    trouble() {
      if (closed.signal.aborted) return closedError()
      const waiting = `waiting for the shards that the consumer group ${app}.shards gives this process`
      return cluster.trouble() ?? (ownership.isSettled ? undefined : new MillraceError('LOG_UNAVAILABLE', waiting))
    },
    async submit(partition: number, command: NewCommand) {
      requirePartition(partition)
      const trouble = cluster.trouble()
      if (trouble !== undefined) throw trouble
      return submitter.submit(partition, command)
    },
    async own(work, signal) {
      requireOpen()
      await ownership.own(work, AbortSignal.any([signal, closed.signal]))
      if (closed.signal.aborted && !signal.aborted) throw closedError()
    },
    read(partition, from, signal) {
      requirePartition(partition)
      return tails[partition]!.read(from, AbortSignal.any([signal, closed.signal]))
    },
    async ends() {
      requireOpen()
      return retried(() => endsOf(cluster, eventsTopic), closed.signal, requestTimeoutMs).catch((error: unknown) => {
        if (closed.signal.aborted) throw closedError()
        throw toMillraceError(error, `asking for the ends of ${eventsTopic}`)
      })
    },
    [Symbol.asyncDispose]: () => (closing ??= close()),
  }

  async function openAll(): ReturnType<typeof openTopics> {
    const giveUp = new AbortController()
    let hungUpSince: number | undefined
    // Brokers that are just starting; wrong credentials and settings are told at once.
    return retried(
      async () => {
        try {
          await checkVersions(cluster)
          return await openTopics({
            cluster,
            commandsTopic,
            eventsTopic,
            partitions: options.partitions,
            replicationFactor: options.replicationFactor,
          })
        } catch (error) {
          if (error instanceof TypeError || (error instanceof MillraceError && error.code === 'LOG_MISCONFIGURED')) giveUp.abort()
          hungUpSince = isHungUp(error) ? (hungUpSince ?? performance.now()) : undefined
          if (hungUpSince === undefined || performance.now() - hungUpSince < HUNG_UP_MS) throw error
          giveUp.abort()
          throw hungUp(error)
        }
      },
      giveUp.signal,
      OPEN_TIMEOUT_MS,
    )
  }

  function hungUp(cause: unknown): MillraceError {
    const speaks = `TLS is ${options.tls === undefined ? 'off' : 'on'} here (MILLRACE_KAFKA_TLS), sign-in is ${options.sasl?.mechanism ?? 'off'} (MILLRACE_KAFKA_SASL)`
    const why = 'takes connections and ends them, as it does where a port expects something else'
    return new MillraceError('LOG_UNAVAILABLE', `Kafka at ${cluster.addresses} ${why}: ${speaks}`, { cause })
  }

  async function close(): Promise<void> {
    await ownership.close(closedError())
    closed.abort()
    submitter.fail(closedError())
    await cluster.close()
  }
}

const closedError = (): MillraceError => new MillraceError('LOG_CLOSED', 'the log has been closed')

/** The offset after the last record of each partition, asked of their leaders. */
async function endsOf(cluster: Cluster, topic: string): Promise<readonly number[]> {
  const leaders = cluster.leaders(topic)
  if (leaders.length === 0) {
    await cluster.refresh()
    throw new MillraceError('LOG_UNAVAILABLE', `topic ${topic} is not there at the moment`)
  }
  const ends = new Array<number>(leaders.length).fill(0)
  const byLeader = new Map<number, number[]>()
  for (const [partition, leader] of leaders.entries()) byLeader.set(leader, [...(byLeader.get(leader) ?? []), partition])
  try {
    for (const mine of byLeader.values()) {
      const connection = await cluster.leader(topic, mine[0]!, 'any')
      const wanted = mine.map((partitionIndex) => ({ partitionIndex, currentLeaderEpoch: -1, timestamp: LATEST }))
      const { topics } = await listOffsetsV9.api.async(connection, -1, 0, [{ name: topic, partitions: wanted }])
      for (const { partitionIndex, offset } of topics[0]!.partitions) ends[partitionIndex] = Number(offset)
    }
  } catch (error) {
    if (kafkaCode(error) !== KAFKA.TOPIC_AUTHORIZATION_FAILED) await cluster.refresh()
    throw error
  }
  return ends
}
