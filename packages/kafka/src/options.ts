import type { ConnectionOptions, SASLOptions } from '@platformatic/kafka'
import type { MillraceError } from '@millrace/core'
import type { Address } from './client/connect.ts'

export interface KafkaLogOptions {
  /** Brokers to begin with, as `host:port`. */
  readonly brokers: readonly string[]
  /** The app's name: its topics are `<app>.commands` and `<app>.events`, its consumer group is `<app>.shards`. */
  readonly app: string
  /** Partitions of each topic: as many as they have, and 12 where they are made. */
  readonly partitions?: number
  /** Copies of each partition where the topics are made (default: three, or as many as there are brokers). */
  readonly replicationFactor?: number
  /** A member that is not heard of for so long, in milliseconds, loses its shards (default 10,000). */
  readonly sessionTimeoutMs?: number
  /** Names this process over restarts: one that comes back within the session timeout keeps its shards. */
  readonly instanceId?: string
  /** How long an append may take before its outcome is unknown, in milliseconds (default 30,000; for commands a third). */
  readonly deliveryTimeoutMs?: number
  /** How long one request may take, in milliseconds (default 10,000). */
  readonly requestTimeoutMs?: number
  /** How often an owner renews its epoch, in milliseconds (default six hours; Kafka forgets idle producers after a day). */
  readonly renewEveryMs?: number
  /** As `tls.connect` takes it; `{}` for TLS with the system's authorities. */
  readonly tls?: ConnectionOptions['tls']
  /** PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER. */
  readonly sasl?: SASLOptions
  /** Told what an operator should know, such as commands that wait too long (default: `console.error`). */
  readonly onTrouble?: (error: MillraceError) => void
}

export interface CheckedOptions {
  readonly brokers: readonly Address[]
  readonly app: string
  readonly sessionTimeoutMs: number
  readonly heartbeatMs: number
  readonly deliveryTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly renewEveryMs: number
  readonly onTrouble: (error: MillraceError) => void
}

/** A member says that it is there this often, in milliseconds: as often others learn that the group changes. */
const HEARTBEAT_MS = 300

/** Throws a `TypeError` that names what is wrong. */
export function checkOptions(options: KafkaLogOptions): CheckedOptions {
  const { app, partitions, replicationFactor, sasl } = options
  if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/.test(app))
    throw new TypeError(`openKafkaLog: app: expected 1 to 200 letters, digits, '.', '_' or '-' (it names topics), got '${app}'`)
  const count = (name: string, value: number | undefined, least: number, fallback: number): number => {
    if (value !== undefined && (!Number.isInteger(value) || value < least))
      throw new TypeError(`openKafkaLog: ${name}: expected a whole number from ${least}, got ${value}`)
    return value ?? fallback
  }
  count('partitions', partitions, 1, 1)
  count('replicationFactor', replicationFactor, 1, 1)
  if (options.brokers.length === 0) throw new TypeError("openKafkaLog: brokers: expected at least one, such as 'localhost:9092'")
  const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER']
  if (sasl !== undefined && !mechanisms.includes(sasl.mechanism))
    throw new TypeError(`openKafkaLog: sasl.mechanism: expected one of ${mechanisms.join(', ')}, got '${sasl.mechanism}'`)
  const sessionTimeoutMs = count('sessionTimeoutMs', options.sessionTimeoutMs, 1_000, 10_000)
  return {
    app,
    brokers: options.brokers.map(toAddress),
    sessionTimeoutMs,
    heartbeatMs: Math.min(HEARTBEAT_MS, sessionTimeoutMs / 5),
    deliveryTimeoutMs: count('deliveryTimeoutMs', options.deliveryTimeoutMs, 100, 30_000),
    requestTimeoutMs: count('requestTimeoutMs', options.requestTimeoutMs, 1_000, 10_000),
    renewEveryMs: count('renewEveryMs', options.renewEveryMs, 100, 6 * 3_600_000),
    onTrouble: options.onTrouble ?? ((error) => console.error(`millrace: ${error.message}`)),
  }
}

function toAddress(text: string): Address {
  const [, host = '', port = ''] = /^(\[[0-9a-fA-F:]+\]|[^:\s/]+):(\d{1,5})$/.exec(text) ?? []
  if (host === '' || Number(port) < 1 || Number(port) > 65_535)
    throw new TypeError(`openKafkaLog: brokers: expected host:port, such as 'localhost:9092', got '${text}'`)
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}
