import { hasDocker } from './docker-kafka.ts'
import { whyNoJava } from './kafka-jars.ts'

/** Where a Kafka for development or tests can be had on this machine. */
export type FoundKafka =
  | { readonly kind: 'given'; readonly bootstrap: readonly string[] }
  | { readonly kind: 'docker' }
  | { readonly kind: 'java' }
  /** Why it can't be had: what to install. */
  | { readonly kind: 'none'; readonly reason: string }

/**
 * The brokers that `KAFKA_BROKERS` names (`host:port`, separated by commas), else the first way of `order` that there is.
 * Nothing is started, and that the brokers answer is not looked at.
 */
export async function findKafka(order: readonly ('docker' | 'java')[] = ['docker', 'java']): Promise<FoundKafka> {
  const given = (process.env['KAFKA_BROKERS'] ?? '').split(',').map((broker) => broker.trim())
  if (given[0] !== '') return { kind: 'given', bootstrap: given }
  let reason: string | undefined
  for (const kind of order) {
    if (kind === 'docker' && (await hasDocker())) return { kind }
    if (kind === 'java' && (reason = await whyNoJava()) === undefined) return { kind }
  }
  return { kind: 'none', reason: reason ?? 'no Docker engine runs' }
}
