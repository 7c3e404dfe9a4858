/** `npm run kafka`: a real broker for whoever develops. */
import path from 'node:path'
import { parseArgs } from 'node:util'
import { findKafka, isFree, isListening, kafkaClassPath, openDockerKafka, openKafkaCluster } from '@millrace/testing/kafka'

const HELP = `npm run kafka [-- --port 9092] [--brokers 3]

Starts Apache Kafka on this machine and says how: the brokers that KAFKA_BROKERS names where it is set, else Docker, else
Java (17 or newer) and Maven, which fetches the jars once. Its data is kept in .kafka/. Ctrl-C stops it.

  --port N       the first broker's port (default: 9092, or the next that is free); others take the next ones
  --brokers N    how many (1); with three or more, every record is on three of them. Java only
  --fetch        only fetch what Java needs, and end
  --help         this`

const DEFAULT_PORT = 9092
const PORTS_TO_TRY = 100
/** One Ctrl-C may come several times: from the terminal, and passed on by npm. */
const SAME_CTRL_C_MS = 500

const say = (text: string): void => void process.stdout.write(`${text}\n`)
const tell = (brokers: readonly string[]): void =>
  say(`\n  Kafka is at ${brokers.join(',')}\n\n    MILLRACE_LOG=kafka://${brokers.join(',')} npm start\n`)
const STOPS = '  Ctrl-C stops it; what it holds is kept.'

function fail(text: string): never {
  console.error(text)
  process.exit(1)
}
const failWith = (error: unknown): never => fail(error instanceof Error ? error.message : String(error))

/** The first asks to finish, the second to end at once. */
const untilAsked = (): Promise<void> =>
  new Promise((resolve) => {
    let firstMs: number | undefined
    for (const signal of ['SIGINT', 'SIGTERM'])
      process.on(signal, () => {
        if (firstMs !== undefined && performance.now() - firstMs > SAME_CTRL_C_MS) process.exit(130)
        firstMs ??= performance.now()
        resolve()
      })
  })

/** `count` ports in a row on which nothing listens. */
async function choosePorts(count: number, first: number | undefined): Promise<readonly number[]> {
  const areFree = async (ports: readonly number[]): Promise<readonly boolean[]> =>
    Promise.all(ports.map(async (port) => (await isFree(port)) && !(await isListening(port))))
  const from = (port: number): readonly number[] => Array.from({ length: count }, (_, at) => port + at)
  if (first !== undefined) {
    const taken = (await areFree(from(first))).indexOf(false)
    if (taken < 0) return from(first)
    fail(`Port ${first + taken} is in use. Stop what listens there, or leave --port away: then a free one is found`)
  }
  for (let port = DEFAULT_PORT; port < DEFAULT_PORT + PORTS_TO_TRY; port++) {
    if (!(await areFree(from(port))).includes(false)) return from(port)
    if (port === DEFAULT_PORT) say(`Port ${DEFAULT_PORT} is in use; looking for the next that is free.`)
  }
  return fail(`No ${count === 1 ? 'port is' : `${count} ports in a row are`} free from ${DEFAULT_PORT} on. Choose one with --port`)
}

async function useGiven(brokers: readonly string[]): Promise<void> {
  for (const broker of brokers) {
    const [, host = '', at = ''] = /^\[?([^\]]+)\]?:(\d+)$/.exec(broker) ?? fail(`KAFKA_BROKERS: expected host:port, got '${broker}'`)
    if (!(await isListening(Number(at), host)))
      fail(`KAFKA_BROKERS is set, but nothing listens at ${broker}. Start it, or unset the variable`)
  }
  say('Nothing is started: KAFKA_BROKERS names brokers that are there.')
  tell(brokers)
}

async function useDocker(port: number): Promise<void> {
  await using kafka = await openDockerKafka({ port, volume: `millrace-kafka-${port}`, say }).catch(failWith)
  tell(kafka.bootstrap)
  say(STOPS)
  const asked = await Promise.race([untilAsked().then(() => true), kafka.ended.then(() => false)])
  if (!asked) fail('The container ended.')
  say('\nStopping …')
}

async function useJava(ports: readonly number[]): Promise<void> {
  const directory = path.resolve(import.meta.dirname, `../.kafka/${ports.length}-from-${ports[0]}`)
  const what = ports.length === 1 ? 'one broker' : `${ports.length} brokers`
  say(`Starting Kafka with Java (${what}, data in ${path.relative(process.cwd(), directory)}) …`)
  await using cluster = await openKafkaCluster({ brokers: ports.length, ports, directory, say }).catch(failWith)
  tell(cluster.bootstrap)
  say(STOPS)
  await untilAsked()
  say('\nStopping …')
  await Promise.all(cluster.brokers.map((broker) => broker.stop()))
}

function toArguments(): { readonly port: number | undefined; readonly count: number; readonly onlyFetch: boolean } {
  const options = { port: { type: 'string' }, brokers: { type: 'string', default: '1' } } as const
  const switches = { fetch: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h', default: false } } as const
  const parse = () => parseArgs({ options: { ...options, ...switches } })
  let values: ReturnType<typeof parse>['values']
  try {
    ;({ values } = parse())
  } catch (error) {
    return fail(`${(error as Error).message}\n\n${HELP}`)
  }
  if (values.help) {
    say(HELP)
    process.exit(0)
  }
  const whole = (name: string, text: string, least: number, most: number): number => {
    const value = Number(text)
    if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most) return value
    return fail(`--${name}: expected a whole number from ${least} to ${most}, got '${text}'`)
  }
  return {
    port: values.port === undefined ? undefined : whole('port', values.port, 1, 65_000),
    count: whole('brokers', values.brokers, 1, 9),
    onlyFetch: values.fetch,
  }
}

const { port, count, onlyFetch } = toArguments()
// Docker has one broker to offer, and needs no jars.
const found = await findKafka(count === 1 && !onlyFetch ? ['docker', 'java'] : ['java'])
if (onlyFetch) await kafkaClassPath(say).catch(failWith)
else if (found.kind === 'given') await useGiven(found.bootstrap)
else if (found.kind === 'none') fail(`Kafka cannot be started here: ${count === 1 ? 'no Docker engine runs, and ' : ''}${found.reason}.`)
else {
  const ports = await choosePorts(count, port)
  if (found.kind === 'docker') await useDocker(ports[0]!)
  else await useJava(ports)
}
