/** The settings that every app has: what this process does, where it listens, who operates it, and where it keeps what. */
import type { Role } from '@millrace/core'
import { isOperatorKey } from '@millrace/http'
import { SettingsError, wholeNumber, type ValuesOf, type Variable } from './variables.ts'

export type LocalTarget = { readonly kind: 'memory' } | { readonly kind: 'sqlite'; readonly directory: string }
export type LogTarget = LocalTarget | { readonly kind: 'kafka'; readonly url: string }
/** `url` holds a password: show only its host. `temporary`: SQLite, in a directory that is gone when it stops. */
export type StoreTarget = LocalTarget | { readonly kind: 'temporary' } | { readonly kind: 'postgres'; readonly url: string }

export interface LogSettings {
  /** What this process does of the app. */
  readonly role: Role
  readonly port: number
  readonly host: string
  /** What those who operate the app send; undefined: none, and only who is on this machine may. */
  readonly opsKey: readonly string[] | undefined
  readonly log: LogTarget
  readonly store: StoreTarget
  /** Where shards keep what they folded; undefined: beside the log, or nowhere where that is in memory. */
  readonly checkpoints: LocalTarget | undefined
  /** Undefined: as many as an existing log has, and the adapter's own choice for a new one. */
  readonly partitions: number | undefined
  /** Where the app keeps what has no other place. */
  readonly directory: string
}

const local: Pick<Variable<LocalTarget>, 'expected' | 'read'> = {
  expected: "'sqlite:<directory>' or 'memory:'",
  read(text) {
    if (text === 'memory:') return { value: { kind: 'memory' } }
    if (text.startsWith('sqlite:') && text.length > 'sqlite:'.length)
      return { value: { kind: 'sqlite', directory: text.slice('sqlite:'.length) } }
    return undefined
  },
}

const POSTGRES = "'postgres://<user>:<password>@<host>:<port>/<database>'"
const isPostgresUrl = (text: string): boolean => {
  const url = /^postgres(ql)?:\/\//.test(text) ? URL.parse(text) : null
  return url !== null && url.pathname.length > 1
}

const KAFKA_URL = /^kafka:\/\/[^\s/:,]+:\d{1,5}(,[^\s/:,]+:\d{1,5})*\/?$/

// In memory by default: read models are a cache of the log, asked far more often than built, and folding them again
// takes seconds for a million events. sqlite: is for logs so long that a start would take too long.
const storeOfDocuments = {
  default: 'memory:',
  about: 'where read models live. memory: is fastest, and folded from the log again at every start; postgres: is shared by all instances',
}
const storeWithTables = (directory: string) => ({
  default: '',
  unset: undefined,
  about:
    'where read models live, which have tables here. postgres: is shared by all instances; memory: is SQLite in a temporary directory, ' +
    `folded from the log again at every start (default: SQLite beside the log; with Kafka, in ${directory})`,
})

interface AppDefaults {
  readonly port: number
  readonly directory: string
  /** Whether a read model of the app has tables, so that its store needs SQL. */
  readonly hasTables?: boolean
}

/** `port`, `directory`: the app's own defaults. */
export const logVariables = ({ port, directory, hasTables = false }: AppDefaults) => ({
  PORT: { default: String(port), about: 'port to listen on; 0 takes a free one', ...wholeNumber(0, 65_535) },
  HOST: {
    default: '127.0.0.1',
    about: 'address to listen on; 0.0.0.0 lets other machines in',
    expected: 'a host name or an IP address',
    read: (text: string) => (/^[A-Za-z0-9.:_-]{1,255}$/.test(text) ? { value: text } : undefined),
  },
  MILLRACE_OPS_KEY: {
    default: '',
    unset: undefined,
    isSecret: true,
    about: 'what millrace and others send to operate the app: /ops, /metrics (default: none, and only who is on this machine may)',
    expected: '16 to 200 visible ASCII characters, or several such keys with commas between',
    read(text: string) {
      const keys = text.split(',').map((key) => key.trim())
      return keys.every(isOperatorKey) ? { value: keys } : undefined
    },
  } as Variable<readonly string[] | undefined>,
  MILLRACE_ROLE: {
    default: 'all',
    about: 'what this process does: write decides commands, read answers queries and passes commands on, all does both',
    expected: "'all', 'write' or 'read'",
    read: (text: string) => (isRole(text) ? { value: text } : undefined),
  },
  MILLRACE_LOG: {
    default: `sqlite:${directory}`,
    about: 'where commands and events live: all that counts. memory: forgets everything at the end, kafka: is for many machines',
    expected: "'sqlite:<directory>', 'kafka://<host>:<port>,<host>:<port>' or 'memory:'",
    read(text: string): ReturnType<Variable<LogTarget>['read']> {
      if (!text.startsWith('kafka:')) return local.read(text)
      return KAFKA_URL.test(text)
        ? { value: { kind: 'kafka', url: text } }
        : { problem: "expected 'kafka://<host>:<port>,<host>:<port>', such as 'kafka://localhost:9092'" }
    },
  },
  MILLRACE_STORE: {
    ...(hasTables ? storeWithTables(directory) : storeOfDocuments),
    expected: `'sqlite:<directory>', ${POSTGRES} or 'memory:'`,
    read(text: string): ReturnType<Variable<StoreTarget>['read']> {
      if (text === 'memory:' && hasTables) return { value: { kind: 'temporary' } }
      if (!text.startsWith('postgres')) return local.read(text)
      return isPostgresUrl(text) ? { value: { kind: 'postgres', url: text } } : { problem: `expected ${POSTGRES}` }
    },
  } as Variable<StoreTarget | undefined>,
  MILLRACE_CHECKPOINTS: {
    default: '',
    unset: undefined,
    about: `where shards keep what they folded, so that a start reads only what came after (default: beside the log; with Kafka, ${directory})`,
    ...local,
  } as Variable<LocalTarget | undefined>,
  MILLRACE_PARTITIONS: {
    default: '12',
    unset: undefined,
    about: 'partitions of a new log; one that exists keeps those it has',
    ...wholeNumber(1, 1_024),
  } as Variable<number | undefined>,
})

const isRole = (text: string): text is Role => text === 'all' || text === 'write' || text === 'read'

/** Throws `SettingsError` where one setting makes no sense with another. */
export function toLogSettings(values: ValuesOf<ReturnType<typeof logVariables>>, directory: string): LogSettings {
  const { MILLRACE_ROLE: role, MILLRACE_LOG: log, PORT: port } = values
  if (role !== 'all' && log.kind === 'memory')
    throw new SettingsError([`MILLRACE_ROLE: got '${role}', but no other process can follow a log in memory; expected 'all'`])
  return {
    role,
    directory,
    port,
    host: values.HOST,
    opsKey: values.MILLRACE_OPS_KEY,
    log,
    store: values.MILLRACE_STORE ?? storeFor({ role, log, port, directory }),
    checkpoints: values.MILLRACE_CHECKPOINTS,
    partitions: values.MILLRACE_PARTITIONS,
  }
}

/** Where nothing is said: beside the embedded log; where several instances read on this machine, a directory for each, as checkpoints have. */
function storeFor({ role, log, port, directory }: Pick<LogSettings, 'role' | 'log' | 'port' | 'directory'>): StoreTarget {
  if (log.kind === 'sqlite' && role !== 'read') return log
  // Of several that take a free port, none may take the store of another.
  if (log.kind === 'memory' || port === 0) return { kind: 'temporary' }
  return { kind: 'sqlite', directory: `${log.kind === 'sqlite' ? log.directory : directory}/read-models-${port}` }
}
