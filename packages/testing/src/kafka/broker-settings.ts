import path from 'node:path'
import type { KafkaSecurity } from './kafka-security.ts'

export interface KafkaNode {
  readonly id: number
  readonly port: number
  readonly advertised: number
  /** For the other brokers: never through a proxy. */
  readonly internalPort: number
  readonly controllerPort: number
}

/** What a broker's settings also depend on. */
export interface Around {
  readonly count: number
  readonly voters: string
  /** Where its data and its log are. */
  readonly home: string
  readonly security: KafkaSecurity
}

/** The server's properties. */
export function settingsOf(
  { id, port, advertised, internalPort, controllerPort }: KafkaNode,
  { count, voters, home, security }: Around,
): Record<string, string> {
  const replicas = String(Math.min(3, count))
  const inSync = count >= 3 ? '2' : '1'
  return {
    'process.roles': 'broker,controller',
    'node.id': String(id),
    listeners: `CLIENTS://127.0.0.1:${port},INTERNAL://127.0.0.1:${internalPort},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `CLIENTS://127.0.0.1:${advertised},INTERNAL://127.0.0.1:${internalPort}`,
    'listener.security.protocol.map': `CLIENTS:${security.protocol},INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT`,
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
    // A broker that was killed is found out soon, without which it cannot come back; one that leaves takes no longer than it must.
    'broker.heartbeat.interval.ms': '500',
    'broker.session.timeout.ms': '3000',
    'controlled.shutdown.retry.backoff.ms': '200',
    ...security.settings,
  }
}
