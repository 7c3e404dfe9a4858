/** Kafka's settings from the environment, for apps to use as they are: every value checked, and all problems told at once. */
import { readFileSync } from 'node:fs'
import type { KafkaLogOptions } from './options.ts'

type Env = Readonly<Record<string, string | undefined>>
type Sasl = NonNullable<KafkaLogOptions['sasl']>

const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] as const

/** What there is to set, with its default and meaning, for `--help`. */
export const kafkaVariables: readonly { readonly name: string; readonly default: string; readonly about: string }[] = [
  { name: 'MILLRACE_KAFKA_TLS', default: 'off', about: "'on' to speak TLS with the brokers" },
  { name: 'MILLRACE_KAFKA_CA', default: '', about: 'file with the PEM certificates to trust (default: those Node knows)' },
  { name: 'MILLRACE_KAFKA_CERT', default: '', about: 'file with the PEM certificate of this client, where brokers ask for one' },
  { name: 'MILLRACE_KAFKA_KEY', default: '', about: 'file with the PEM key of that certificate' },
  { name: 'MILLRACE_KAFKA_SASL', default: '', about: `how to log in: ${mechanisms.join(', ')}` },
  { name: 'MILLRACE_KAFKA_USERNAME', default: '', about: 'user, for PLAIN and SCRAM' },
  { name: 'MILLRACE_KAFKA_PASSWORD', default: '', about: 'password, for PLAIN and SCRAM' },
  { name: 'MILLRACE_KAFKA_TOKEN', default: '', about: 'token, for OAUTHBEARER' },
  { name: 'MILLRACE_INSTANCE', default: '', about: 'name of this instance: one that comes back soon under its name keeps its shards' },
]

/** `kafka://host:9092,host:9092` as brokers; undefined where it is none. */
export function toBrokers(url: string): readonly string[] | undefined {
  const [, list = ''] = /^kafka:\/\/([^/?#]+)\/?$/.exec(url) ?? []
  const brokers = list.split(',').map((broker) => broker.trim())
  return brokers.every((broker) => /^(\[[0-9a-fA-F:]+\]|[A-Za-z0-9._-]+):\d{1,5}$/.test(broker)) ? brokers : undefined
}

/** What the environment says beside the brokers. Adds to `problems` what is wrong, each with the name of its variable. */
export function toKafkaOptions(env: Env, problems: string[]): Pick<KafkaLogOptions, 'tls' | 'sasl' | 'instanceId'> {
  const value = (name: string): string | undefined => {
    const text = env[name]?.trim()
    return text === '' ? undefined : text
  }
  const file = (name: string): Buffer | undefined => {
    const path = value(name)
    try {
      return path === undefined ? undefined : readFileSync(path)
    } catch (error) {
      problems.push(`${name}: the file '${path!}' cannot be read: ${(error as Error).message}`)
      return undefined
    }
  }
  const switched = value('MILLRACE_KAFKA_TLS') ?? 'off'
  if (switched !== 'on' && switched !== 'off') problems.push(`MILLRACE_KAFKA_TLS: got '${switched}'; expected 'on' or 'off'`)
  const ca = file('MILLRACE_KAFKA_CA')
  const cert = file('MILLRACE_KAFKA_CERT')
  const key = file('MILLRACE_KAFKA_KEY')
  if (switched !== 'on' && (ca ?? cert ?? key) !== undefined)
    problems.push('MILLRACE_KAFKA_TLS: certificates are set, but TLS is off; set it to on')
  if ((cert === undefined) !== (key === undefined)) problems.push('MILLRACE_KAFKA_CERT and MILLRACE_KAFKA_KEY: one without the other')
  const sasl = toSasl(value, problems)
  const instanceId = value('MILLRACE_INSTANCE')
  return {
    ...(switched === 'on' && { tls: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) } }),
    ...(sasl && { sasl }),
    ...(instanceId !== undefined && { instanceId }),
  }
}

function toSasl(value: (name: string) => string | undefined, problems: string[]): Sasl | undefined {
  const name = value('MILLRACE_KAFKA_SASL')
  const username = value('MILLRACE_KAFKA_USERNAME')
  const password = value('MILLRACE_KAFKA_PASSWORD')
  const token = value('MILLRACE_KAFKA_TOKEN')
  if (name === undefined) {
    if ((username ?? password ?? token) !== undefined)
      problems.push(`MILLRACE_KAFKA_SASL: credentials are set, but not how to log in; expected one of ${mechanisms.join(', ')}`)
    return undefined
  }
  const mechanism = mechanisms.find((each) => each === name.toUpperCase())
  if (mechanism === undefined) {
    problems.push(`MILLRACE_KAFKA_SASL: got '${name}'; expected one of ${mechanisms.join(', ')}`)
    return undefined
  }
  if (mechanism === 'OAUTHBEARER') {
    if (token !== undefined) return { mechanism, token }
    problems.push('MILLRACE_KAFKA_TOKEN: OAUTHBEARER needs it')
    return undefined
  }
  if (username !== undefined && password !== undefined) return { mechanism, username, password }
  problems.push(`MILLRACE_KAFKA_USERNAME and MILLRACE_KAFKA_PASSWORD: ${mechanism} needs both`)
  return undefined
}
