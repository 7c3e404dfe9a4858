import { openKafkaCluster, type KafkaCluster } from './kafka-cluster.ts'
import { whyNoJava } from './kafka-jars.ts'

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
  const given = process.env['KAFKA_BROKERS'] ?? ''
  if (given !== '') return { bootstrap: given.split(','), skip: false }
  const reason = await whyNoJava()
  if (reason === undefined) {
    const cluster: KafkaCluster = await openKafkaCluster()
    process.once('beforeExit', () => void cluster[Symbol.asyncDispose]())
    return { bootstrap: cluster.bootstrap, skip: false }
  }
  if (process.env['CI'] === 'true') throw new Error(`tests need Kafka, and ${reason}`)
  return { bootstrap: [], skip: `no Kafka: ${reason}` }
}
