/** A real Kafka cluster of plain processes on this machine: for tests, and for development without Docker. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { startJava, tailOf, type JavaProcess } from './broker-process.ts'
import { countBrokers } from './count-brokers.ts'
import { kafkaClassPath } from './kafka-jars.ts'

const execute = promisify(execFile)
const START_TIMEOUT_MS = 60_000
/** Any id will do; one that stays the same lets a directory be used again. */
const CLUSTER_ID = 'MillraceForTestsAAAAAA'

export interface KafkaClusterOptions {
  /** How many (default 1). Three have replication 3 and min.insync.replicas 2. */
  readonly brokers?: number
  /** More server properties, or others. */
  readonly config?: Readonly<Record<string, string>>
  /** Where the data lies: kept. Default: a temporary directory, removed at the end. */
  readonly directory?: string
  /** Ports for clients, one for each broker (default: free ones). */
  readonly ports?: readonly number[]
  /** The port clients are told for a broker, such as a proxy's (default: its own). */
  readonly advertisedPort?: (broker: { readonly id: number; readonly port: number }) => Promise<number> | number
  readonly say?: (text: string) => void
}

export interface KafkaBroker {
  readonly id: number
  /** For clients. */
  readonly port: number
  readonly pid: number
  /** SIGKILL. Resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM, a clean end. Resolves when it is gone. */
  stop(): Promise<void>
  /** Again, on the same port and data. Resolves when it answers. */
  start(): Promise<void>
  pause(): void
  resume(): void
}

export interface KafkaCluster extends AsyncDisposable {
  /** `host:port` of each broker, as clients are told. */
  readonly bootstrap: readonly string[]
  readonly brokers: readonly KafkaBroker[]
  readonly directory: string
}

/** Resolves once all brokers know each other. Throws with the end of a broker's log where one does not start. */
export async function openKafkaCluster(options: KafkaClusterOptions = {}): Promise<KafkaCluster> {
  const { brokers: count = 1, say } = options
  const classPath = await kafkaClassPath(say)
  const directory = options.directory ?? (await mkdtemp(path.join(tmpdir(), 'millrace-kafka-')))
  await mkdir(directory, { recursive: true })
  const free = await freePorts(3 * count)
  const nodes = await Promise.all(
    Array.from({ length: count }, async (_, at) => {
      const id = at + 1
      const port = options.ports?.[at] ?? free[3 * at]!
      const advertised = (await options.advertisedPort?.({ id, port })) ?? port
      return { id, port, advertised, internalPort: free[3 * at + 1]!, controllerPort: free[3 * at + 2]! }
    }),
  )
  const voters = nodes.map(({ id, controllerPort }) => `${id}@127.0.0.1:${controllerPort}`).join(',')
  const running = await Promise.all(nodes.map((node) => prepare(node)))
  try {
    await Promise.all(running.map((broker) => broker.start(count)))
  } catch (error) {
    await end()
    throw error
  }
  return {
    bootstrap: nodes.map(({ advertised }) => `127.0.0.1:${advertised}`),
    brokers: running.map((broker) => ({
      ...broker,
      get pid() {
        return broker.pid
      },
      start: () => broker.start(1),
    })),
    directory,
    [Symbol.asyncDispose]: end,
  }

  async function end(): Promise<void> {
    await Promise.all(running.map((broker) => broker.kill()))
    if (options.directory === undefined) await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  }

  async function prepare(node: Node): Promise<Startable> {
    const home = path.join(directory, `broker-${node.id}`)
    await mkdir(home, { recursive: true })
    const properties = path.join(home, 'server.properties')
    const settings = { ...settingsOf(node, count, voters, home), ...options.config }
    await writeFile(
      properties,
      Object.entries(settings)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    )
    if (!existsSync(path.join(home, 'data', 'meta.properties'))) {
      await execute('java', ['-cp', classPath, 'kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', properties])
    }
    return createBroker(node, { classPath, properties, logFile: path.join(home, 'broker.log'), heapMiB: count === 1 ? 768 : 400 })
  }
}

interface Node {
  readonly id: number
  readonly port: number
  readonly advertised: number
  /** For the other brokers: never through a proxy. */
  readonly internalPort: number
  readonly controllerPort: number
}

type Startable = Omit<KafkaBroker, 'start'> & { readonly start: (known: number) => Promise<void> }

function createBroker(
  { id, port }: Node,
  { classPath, properties, logFile, heapMiB }: { classPath: string; properties: string; logFile: string; heapMiB: number },
): Startable {
  let java: JavaProcess | undefined
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    java?.signal(signal)
    await java?.ended
    java = undefined
  }
  return {
    id,
    port,
    get pid() {
      return java?.pid ?? -1
    },
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
    async start(known) {
      const log = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'
      const started = (java = await startJava(
        [`-Xmx${heapMiB}m`, '-XX:+UseSerialGC', log, '-cp', classPath, 'kafka.Kafka', properties],
        logFile,
      ))
      let isOver = false
      void started.ended.then(() => (isOver = true))
      const deadline = performance.now() + START_TIMEOUT_MS
      while ((await countBrokers(port)) < known) {
        if (isOver || performance.now() > deadline) {
          started.signal('SIGKILL')
          throw new Error(
            `Kafka broker ${id} did not start on port ${port}${isOver ? '' : ` within ${START_TIMEOUT_MS} ms`}:\n${await tailOf(logFile)}`,
          )
        }
        await sleep(100)
      }
    },
    pause: () => java?.signal('SIGSTOP'),
    resume: () => java?.signal('SIGCONT'),
  }
}

function settingsOf(
  { id, port, advertised, internalPort, controllerPort }: Node,
  count: number,
  voters: string,
  home: string,
): Record<string, string> {
  const replicas = String(Math.min(3, count))
  const inSync = count >= 3 ? '2' : '1'
  return {
    'process.roles': 'broker,controller',
    'node.id': String(id),
    listeners: `CLIENTS://127.0.0.1:${port},INTERNAL://127.0.0.1:${internalPort},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `CLIENTS://127.0.0.1:${advertised},INTERNAL://127.0.0.1:${internalPort}`,
    'listener.security.protocol.map': 'CLIENTS:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'INTERNAL',
    'controller.listener.names': 'CONTROLLER',
    'controller.quorum.voters': voters,
    'log.dirs': path.join(home, 'data'),
    'auto.create.topics.enable': 'false',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.num.partitions': '4',
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    // A broker that was killed is found out soon, and one that leaves takes no longer than it must.
    'broker.session.timeout.ms': '6000',
    'controlled.shutdown.retry.backoff.ms': '200',
  }
}

async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as { readonly port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
