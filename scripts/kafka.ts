/** `npm run kafka`: a real broker for whoever develops. */
import { execFile, spawn } from 'node:child_process'
import { connect } from 'node:net'
import path from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { openKafkaCluster, whyNoJava } from '@millrace/testing/kafka'

const HELP = `npm run kafka [-- --port 9092] [--brokers 3]

Starts Apache Kafka on this machine and says how: the brokers that KAFKA_BROKERS names where it is set, else Docker, else
Java (17 or newer) and Maven, which fetches the jars once. Its data is kept in .kafka/. Ctrl-C stops it.

  --port N       the first broker's port (9092); others take the next ones
  --brokers N    how many (1); with three or more, every record is on three of them. Java only
  --help         this`

const execute = promisify(execFile)
const say = (text: string): void => void process.stdout.write(`${text}\n`)

function fail(text: string): never {
  console.error(text)
  process.exit(1)
}

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '9092' },
    brokers: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
})
const port = Number(values.port)
const count = Number(values.brokers)
if (values.help) {
  say(HELP)
  process.exit(0)
}
if (!Number.isInteger(port) || port < 1 || port > 65_000) fail(`--port: expected a whole number from 1 to 65000, got '${values.port}'`)
if (!Number.isInteger(count) || count < 1 || count > 9) fail(`--brokers: expected a whole number from 1 to 9, got '${values.brokers}'`)

const isOpen = (host: string, at: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(at, host)
    const end = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(3_000, () => end(false))
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
const tell = (brokers: string): void => say(`\n  Kafka is at ${brokers}\n\n    MILLRACE_LOG=kafka://${brokers} npm start\n`)
const untilAsked = (): Promise<unknown> =>
  new Promise((resolve) => ['SIGINT', 'SIGTERM'].forEach((signal) => process.once(signal, resolve)))

const given = process.env['KAFKA_BROKERS'] ?? ''
if (given !== '') await useGiven(given)
else if (count === 1 && (await hasDocker())) await useDocker()
else await useJava()

async function useGiven(brokers: string): Promise<void> {
  for (const broker of brokers.split(',')) {
    const [, host = '', at = ''] = /^\[?([^\]]+)\]?:(\d+)$/.exec(broker) ?? fail(`KAFKA_BROKERS: expected host:port, got '${broker}'`)
    if (!(await isOpen(host, Number(at)))) fail(`KAFKA_BROKERS is set, but nothing listens at ${broker}. Start it, or unset the variable`)
  }
  say('Nothing is started: KAFKA_BROKERS names brokers that are there.')
  tell(brokers)
}

/** An engine that runs, not only the client. */
async function hasDocker(): Promise<boolean> {
  return execute('docker', ['info'], { timeout: 5_000 }).then(
    () => true,
    () => false,
  )
}

async function useDocker(): Promise<void> {
  if (await isOpen('127.0.0.1', port))
    fail(`Port ${port} is in use. Stop what listens there, or choose another one: npm run kafka -- --port ${port + 10}`)
  say('Starting Kafka with Docker (apache/kafka:4.3.0) …')
  const settings = {
    KAFKA_NODE_ID: '1',
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
    KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://127.0.0.1:${port}`,
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    KAFKA_CONTROLLER_QUORUM_VOTERS: '1@localhost:9093',
    KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: '1',
    KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: '1',
    KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: '0',
  }
  const container = spawn(
    'docker',
    [
      ...['run', '--rm', '--name', `millrace-kafka-${port}`, '-p', `127.0.0.1:${port}:9092`, '-v', 'millrace-kafka:/var/lib/kafka/data'],
      ...Object.entries(settings).flatMap(([name, value]) => ['-e', `${name}=${value}`]),
      'apache/kafka:4.3.0',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'] },
  )
  container.once('exit', (code) => process.exit(code ?? 1))
  while (!(await isOpen('127.0.0.1', port))) await new Promise((resolve) => setTimeout(resolve, 200))
  tell(`127.0.0.1:${port}`)
  await untilAsked()
  container.kill('SIGTERM')
}

async function useJava(): Promise<void> {
  const reason = await whyNoJava()
  if (reason !== undefined) fail(`Kafka cannot be started here: no Docker engine runs, and ${reason}.`)
  const ports = Array.from({ length: count }, (_, at) => port + at)
  for (const each of ports) {
    if (await isOpen('127.0.0.1', each))
      fail(`Port ${each} is in use. Stop what listens there, or choose another one: npm run kafka -- --port ${port + 10}`)
  }
  const directory = path.resolve(import.meta.dirname, `../.kafka/${count}-from-${port}`)
  say(
    `Starting Kafka 4.3 with Java (${count === 1 ? 'one broker' : `${count} brokers`}, data in ${path.relative(process.cwd(), directory)}) …`,
  )
  const cluster = await openKafkaCluster({ brokers: count, ports, directory, say }).catch((error: unknown) =>
    fail(error instanceof Error ? error.message : String(error)),
  )
  tell(cluster.bootstrap.join(','))
  await untilAsked()
  say('\nStopping …')
  await Promise.all(cluster.brokers.map((broker) => broker.stop()))
  await cluster[Symbol.asyncDispose]()
}
