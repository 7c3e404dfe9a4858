import { openDockerKafka } from './docker-kafka.ts'
import { findKafka } from './find-kafka.ts'
import { freePorts } from '../internal/free-ports.ts'
import { openKafkaCluster } from './kafka-cluster.ts'

export interface KafkaForTests {
  /** `host:port` of each broker; empty where there is none. */
  readonly bootstrap: readonly string[]
  /** For the runner: why tests with Kafka are skipped, false where they run. */
  readonly skip: string | false
}

/**
 * A broker for tests: those that `KAFKA_BROKERS` names, else one started here, which ends with this process. Where there
 * is none, tests are skipped and say why; with `CI=true` this throws instead.
 */
export async function kafkaForTests(): Promise<KafkaForTests> {
  const found = await findKafka(ORDER)
  if (found.kind === 'given') return { bootstrap: found.bootstrap, skip: false }
  if (found.kind === 'none') {
    if (process.env['CI'] === 'true') throw new Error(`tests need Kafka, and ${found.reason}`)
    return { bootstrap: [], skip: `no Kafka: ${found.reason}` }
  }
  const kafka = await openBroker(found.kind)
  kafka.unref()
  process.once('beforeExit', () => void kafka[Symbol.asyncDispose]())
  return { bootstrap: kafka.bootstrap, skip: false }
}

/**
 * For what runs the test files: one broker for all of them, which they find by `KAFKA_BROKERS`. Starts none where that is
 * set or none can be had. Dispose of it after the tests.
 */
export async function shareKafka(say: (text: string) => void): Promise<AsyncDisposable> {
  const found = await findKafka(ORDER)
  if (found.kind === 'given' || found.kind === 'none') return { [Symbol.asyncDispose]: async () => undefined }
  const kafka = await openBroker(found.kind, say)
  process.env['KAFKA_BROKERS'] = kafka.bootstrap.join(',')
  return {
    async [Symbol.asyncDispose]() {
      delete process.env['KAFKA_BROKERS']
      await kafka[Symbol.asyncDispose]()
    },
  }
}

/** A process starts sooner than a container, and tests that kill brokers need Java anyway. */
const ORDER = ['java', 'docker'] as const

type Broker = AsyncDisposable & { readonly bootstrap: readonly string[]; unref(): void }

async function openBroker(kind: 'java' | 'docker', say?: (text: string) => void): Promise<Broker> {
  const options = say === undefined ? {} : { say }
  if (kind === 'java') return openKafkaCluster(options)
  const [port = 0] = await freePorts(1)
  return openDockerKafka({ ...options, port })
}
