/** A broker in a container, for those who have Docker and no Java. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { countBrokers } from './count-brokers.ts'

const execute = promisify(execFile)
const KAFKA_IMAGE = 'apache/kafka:4.3.0'
/** Where the image keeps data that is to stay: it declares the folder a volume of its user's. */
const DATA = '/var/lib/kafka/data'
const WATCHER = 'cat; docker stop "$1"'
const POLL_MS = 200
const ANSWER_TIMEOUT_MS = 10_000

/** Whether an engine runs, not only the client. */
export const hasDocker = (): Promise<boolean> =>
  execute('docker', ['info', '--format', '{{.ServerVersion}}'], { timeout: ANSWER_TIMEOUT_MS }).then(
    () => true,
    () => false,
  )

export interface DockerKafkaOptions {
  /** Of 127.0.0.1, for clients. */
  readonly port: number
  /** The volume that keeps the data (default: none is kept). */
  readonly volume?: string
  readonly say?: (text: string) => void
}

export interface DockerKafka extends AsyncDisposable {
  readonly bootstrap: readonly string[]
  /** Resolves when the container is gone, whoever ended it. */
  readonly ended: Promise<void>
  /** Lets this process end though the container runs, which ends with it. */
  unref(): void
}

/** Resolves once the broker answers. Takes as long as Docker takes to fetch the image, which it tells on standard error. */
export async function openDockerKafka({ port, volume, say }: DockerKafkaOptions): Promise<DockerKafka> {
  const name = `millrace-kafka-${port}`
  say?.(`Starting Kafka with Docker (${KAFKA_IMAGE}) …`)
  const container = spawn(
    'docker',
    [
      ...['run', '--rm', '--name', name, '-p', `127.0.0.1:${port}:${port}`],
      ...(volume === undefined ? [] : ['-v', `${volume}:${DATA}`]),
      ...Object.entries(settingsOf(port)).flatMap(([setting, value]) => ['-e', `${setting}=${value}`]),
      KAFKA_IMAGE,
    ],
    { stdio: ['ignore', 'ignore', 'inherit'], detached: true },
  )
  // When this process is gone, whatever ended it, the watcher's standard input ends.
  const watcher = spawn('sh', ['-c', WATCHER, 'sh', name], { stdio: ['pipe', 'ignore', 'ignore'], detached: true })
  let isOver = false
  const ended = once(container, 'exit').then(() => {
    isOver = true
    watcher.kill()
  })
  while ((await countBrokers(port)) === 0) {
    if (isOver) throw new Error('docker run ended before Kafka answered; what it said stands above')
    await sleep(POLL_MS)
  }
  return {
    bootstrap: [`127.0.0.1:${port}`],
    ended,
    unref() {
      container.unref()
      watcher.unref()
      ;(watcher.stdin as Partial<{ unref: () => void }>).unref?.()
    },
    async [Symbol.asyncDispose]() {
      container.ref()
      if (!isOver) await execute('docker', ['stop', name]).catch(() => undefined)
      await ended
    },
  }
}

/** As the image takes them: `KAFKA_`, then the server's property. */
const settingsOf = (port: number): Readonly<Record<string, string>> => ({
  KAFKA_NODE_ID: '1',
  KAFKA_PROCESS_ROLES: 'broker,controller',
  // The same port inside and outside: the broker also connects to itself, at the address that it tells.
  KAFKA_LISTENERS: `PLAINTEXT://:${port},CONTROLLER://localhost:${port + 1}`,
  KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
  KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
  KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
  KAFKA_CONTROLLER_QUORUM_VOTERS: `1@localhost:${port + 1}`,
  // Where it is not said, the data lies outside the volume.
  KAFKA_LOG_DIRS: DATA,
  KAFKA_AUTO_CREATE_TOPICS_ENABLE: 'false',
  KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
  KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
  KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
  KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
  KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS: '1000',
})
