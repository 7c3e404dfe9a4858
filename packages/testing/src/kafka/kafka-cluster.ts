/** A real Kafka cluster of plain processes on this machine: for tests, and for development without Docker. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { settingsOf, type Around, type KafkaNode } from './broker-settings.ts'
import { freePorts } from '../internal/free-ports.ts'
import { createBroker, QUIET, type KafkaBroker, type Startable } from './kafka-broker.ts'
import { kafkaClassPath } from './kafka-jars.ts'
import { openKafkaSecurity, type KafkaSecurityOptions, type KafkaTls } from './kafka-security.ts'

const execute = promisify(execFile)
/** Any id will do; one that stays the same lets a directory be used again. */
const CLUSTER_ID = 'MillraceForTestsAAAAAA'

export interface KafkaClusterOptions extends KafkaSecurityOptions {
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

export interface KafkaCluster extends AsyncDisposable {
  /** `host:port` of each broker, as clients are told. */
  readonly bootstrap: readonly string[]
  /** `host:port` of each broker without sign-in and rights, for whoever gives them. */
  readonly internal: readonly string[]
  readonly brokers: readonly KafkaBroker[]
  readonly directory: string
  /** Where clients speak TLS. */
  readonly tls: KafkaTls | undefined
  /** Lets this process end though brokers run, which end with it. */
  unref(): void
}

/** Resolves once all brokers know each other. Throws with the end of a broker's log where one does not start. */
export async function openKafkaCluster(options: KafkaClusterOptions = {}): Promise<KafkaCluster> {
  const { brokers: count = 1, say } = options
  const classPath = await kafkaClassPath(say)
  const directory = options.directory ?? (await mkdtemp(path.join(tmpdir(), 'millrace-kafka-')))
  const running: Startable[] = []
  try {
    await mkdir(directory, { recursive: true })
    const security = await openKafkaSecurity(options, directory)
    const nodes = await toNodes(options, count)
    const voters = nodes.map(({ id, controllerPort }) => `${id}@127.0.0.1:${controllerPort}`).join(',')
    const prepared = nodes.map((node) => prepare(node, { count, voters, home: path.join(directory, `broker-${node.id}`), security }))
    running.push(...(await Promise.all(prepared)))
    await Promise.all(running.map((broker) => broker.start(count)))
    return {
      bootstrap: nodes.map(({ advertised }) => `127.0.0.1:${advertised}`),
      brokers: running.map((broker) => ({
        ...broker,
        get pid() {
          return broker.pid
        },
        start: () => broker.start(1),
      })),
      internal: nodes.map(({ internalPort }) => `127.0.0.1:${internalPort}`),
      directory,
      tls: security.tls,
      unref() {
        for (const broker of running) broker.unref()
      },
      [Symbol.asyncDispose]: end,
    }
  } catch (error) {
    await end()
    throw error
  }

  async function end(): Promise<void> {
    await Promise.all(running.map((broker) => broker.kill()))
    if (options.directory === undefined) await rm(directory, { recursive: true, force: true, maxRetries: 5 })
  }

  async function prepare(node: KafkaNode, around: Around): Promise<Startable> {
    const { home, security } = around
    await mkdir(home, { recursive: true })
    const properties = path.join(home, 'server.properties')
    const settings = { ...settingsOf(node, around), ...options.config }
    await writeFile(
      properties,
      Object.entries(settings)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    )
    if (!existsSync(path.join(home, 'data', 'meta.properties'))) {
      const format = ['format', '-t', CLUSTER_ID, '-c', properties, ...security.formatArguments]
      await execute('java', [QUIET, '-cp', classPath, 'kafka.tools.StorageTool', ...format]).catch((error: unknown) => {
        const { stderr = '' } = error as { readonly stderr?: string }
        throw new Error(`The storage of Kafka broker ${node.id} could not be formatted:\n${stderr.slice(0, 2_000)}`, { cause: error })
      })
    }
    return createBroker(node, {
      classPath,
      properties,
      logFile: path.join(home, 'broker.log'),
      heapMiB: count === 1 ? 512 : 400,
      folder: options.directory === undefined ? directory : undefined,
    })
  }
}

async function toNodes({ ports, advertisedPort }: KafkaClusterOptions, count: number): Promise<readonly KafkaNode[]> {
  const free = await freePorts(3 * count)
  return Promise.all(
    Array.from({ length: count }, async (_, at) => {
      const id = at + 1
      const port = ports?.[at] ?? free[3 * at]!
      const advertised = (await advertisedPort?.({ id, port })) ?? port
      return { id, port, advertised, internalPort: free[3 * at + 1]!, controllerPort: free[3 * at + 2]! }
    }),
  )
}
