/** Who is measured: each takes the commands of a topic, decides them, and writes the answers to another. */
import { openKafkaLog, type KafkaLogOptions } from '@millrace/kafka'
import { join } from 'node:path'
import { openChild } from '../shared/child.ts'
import { createTopics, startStreams, type StreamsOptions, type Target } from './streams.ts'

export const PARTITIONS = 4

/** What Kafka Streams takes with `exactly_once_v2`, in milliseconds. */
const DEFAULT_COMMIT_MS = 100

export interface RunningPeer extends AsyncDisposable {
  readonly pid: number
  readonly versions?: Readonly<Record<string, string>>
}

export interface Peer {
  /** Short, and fit for a topic's name. */
  readonly name: string
  readonly label: string
  readonly isMillrace: boolean
  /** Kafka Streams with the commit interval it takes by itself. */
  readonly isDefaultStreams: boolean
  createTopics(target: Target): Promise<void>
  /** Resolves once it runs; it may leave files in `directory`. */
  start(target: Target, directory: string): Promise<RunningPeer>
}

export const toLogOptions = ({ bootstrap, app }: Target): KafkaLogOptions => ({ brokers: [bootstrap], app, partitions: PARTITIONS })

const millrace: Peer = {
  name: 'millrace',
  label: 'Millrace on Kafka',
  isMillrace: true,
  isDefaultStreams: false,
  async createTopics(target) {
    // It has demands on its topics, and makes them so that they meet them.
    await using _log = await openKafkaLog(toLogOptions(target))
  },
  start: (target) => openChild<object>('kafka/millrace-server.ts', toLogOptions(target)),
}

const streams = (
  name: string,
  label: string,
  settings: Pick<StreamsOptions, 'store' | 'commitIntervalMs' | 'threads' | 'cacheBytes'>,
): Peer => ({
  name: `streams-${name}`,
  label: `Kafka Streams, ${label}`,
  isMillrace: false,
  isDefaultStreams: settings.commitIntervalMs === DEFAULT_COMMIT_MS,
  createTopics: (target) => createTopics(target, PARTITIONS),
  start: (target, directory) => startStreams({ ...target, ...settings, stateDirectory: join(directory, target.app) }),
})

export const peers: readonly Peer[] = [
  millrace,
  streams('rocksdb', 'RocksDB, 2 threads', { store: 'rocksdb', commitIntervalMs: DEFAULT_COMMIT_MS, threads: 2 }),
  streams('memory', 'in memory, 1 thread', { store: 'memory', commitIntervalMs: DEFAULT_COMMIT_MS, threads: 1 }),
  streams('10ms', 'in memory, 1 thread, commits every 10 ms', { store: 'memory', commitIntervalMs: 10, threads: 1 }),
]
