/** All settings, from the environment: checked at start, all at once. */

export type StoreTarget = { readonly kind: 'memory' } | { readonly kind: 'sqlite'; readonly directory: string }
export type LogTarget = StoreTarget | { readonly kind: 'kafka'; readonly url: string }

export interface Settings {
  readonly port: number
  readonly host: string
  readonly log: LogTarget
  readonly store: StoreTarget
  /** Where shards keep what they folded; undefined: beside the log, or nowhere where that is in memory. */
  readonly checkpoints: StoreTarget | undefined
  /** Undefined: as many as an existing log has, and the adapter's own choice for a new one. */
  readonly partitions: number | undefined
  readonly holdMs: number
  /** Whether the demo shows and `/demo/*` are there. */
  readonly isDemo: boolean
}

/** Tells what is wrong with every variable that is. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError'
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

interface Variable<T> {
  readonly default: string
  readonly expected: string
  readonly about: string
  /** Undefined where the text is not what is expected; a string says why in words of its own. */
  readonly read: (text: string) => { readonly value: T } | { readonly problem: string } | undefined
}

const wholeNumber = (least: number, most: number): Pick<Variable<number>, 'expected' | 'read'> => ({
  expected: `a whole number from ${least} to ${most}`,
  read: (text) => (/^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most ? { value: Number(text) } : undefined),
})

const store: Pick<Variable<StoreTarget>, 'expected' | 'read'> = {
  expected: "'sqlite:<directory>' or 'memory:'",
  read(text) {
    if (text === 'memory:') return { value: { kind: 'memory' } }
    if (text.startsWith('sqlite:') && text.length > 'sqlite:'.length)
      return { value: { kind: 'sqlite', directory: text.slice('sqlite:'.length) } }
    if (text.startsWith('postgres:'))
      return { problem: 'Postgres as the read store is not there yet in this version; use memory: or sqlite:<directory>' }
    return undefined
  },
}

const KAFKA_URL = /^kafka:\/\/[^\s/:,]+:\d{1,5}(,[^\s/:,]+:\d{1,5})*\/?$/

const variables = {
  PORT: { default: '3000', about: 'port to listen on; 0 takes a free one', ...wholeNumber(0, 65_535) },
  HOST: {
    default: '127.0.0.1',
    about: 'address to listen on; 0.0.0.0 lets other machines in',
    expected: 'a host name or an IP address',
    read: (text) => (/^[A-Za-z0-9.:_-]{1,255}$/.test(text) ? { value: text } : undefined),
  } satisfies Variable<string>,
  MILLRACE_LOG: {
    default: 'sqlite:./data',
    about: 'where commands and events live: all that counts. memory: forgets everything at the end, kafka: is for many machines',
    expected: "'sqlite:<directory>', 'kafka://<host>:<port>,<host>:<port>' or 'memory:'",
    read(text) {
      if (!text.startsWith('kafka:')) return store.read(text)
      return KAFKA_URL.test(text)
        ? { value: { kind: 'kafka', url: text } }
        : { problem: "expected 'kafka://<host>:<port>,<host>:<port>', such as 'kafka://localhost:9092'" }
    },
  } satisfies Variable<LogTarget>,
  // In memory by default: read models are a cache of the log, asked far more often than built, and folding them again
  // takes seconds for a million events. sqlite: is for logs so long that a start would take too long.
  MILLRACE_STORE: {
    default: 'memory:',
    about: 'where read models live. memory: is fastest, and folded from the log again at every start',
    ...store,
  },
  MILLRACE_CHECKPOINTS: {
    default: '',
    about: 'where shards keep what they folded, so that a start reads only what came after (default: beside the log; with Kafka, ./data)',
    ...store,
  },
  MILLRACE_PARTITIONS: { default: '12', about: 'partitions of a new log; one that exists keeps those it has', ...wholeNumber(1, 1_024) },
  HOLD_SECONDS: { default: '600', about: 'how long the demo shows hold seats for a buyer', ...wholeNumber(1, 86_400) },
  TICKETS_DEMO: {
    default: 'on',
    about: 'two demo shows, the crowd, and reading the log over HTTP (npm run load needs it)',
    expected: "'on' or 'off'",
    read: (text) => (text === 'on' || text === 'off' ? { value: text === 'on' } : undefined),
  } satisfies Variable<boolean>,
}

/**
 * The settings, and what looks like a mistake but need not be one. Throws `SettingsError`. `adapters`: variables that are
 * read elsewhere.
 */
export function toSettings(
  env: Readonly<Record<string, string | undefined>>,
  adapters: readonly string[] = [],
): {
  readonly settings: Settings
  readonly warnings: readonly string[]
} {
  const problems: string[] = []
  // An empty value is what shells and compose files leave of a variable that is not set.
  const isSet = (name: keyof typeof variables): boolean => (env[name]?.trim() ?? '') !== ''
  const read = <T>(name: keyof typeof variables, variable: Variable<T>): T => {
    const text = isSet(name) ? (env[name] ?? '').trim() : variable.default
    const found = variable.read(text)
    if (found !== undefined && 'value' in found) return found.value
    problems.push(
      `${name}: got '${text.slice(0, 200)}'; ${found?.problem ?? `expected ${variable.expected}, such as '${variable.default}'`}`,
    )
    return undefined as never
  }
  const settings: Settings = {
    port: read('PORT', variables.PORT),
    host: read('HOST', variables.HOST),
    log: read<LogTarget>('MILLRACE_LOG', variables.MILLRACE_LOG),
    store: read('MILLRACE_STORE', variables.MILLRACE_STORE),
    checkpoints: isSet('MILLRACE_CHECKPOINTS') ? read('MILLRACE_CHECKPOINTS', variables.MILLRACE_CHECKPOINTS) : undefined,
    partitions: isSet('MILLRACE_PARTITIONS') ? read('MILLRACE_PARTITIONS', variables.MILLRACE_PARTITIONS) : undefined,
    holdMs: read('HOLD_SECONDS', variables.HOLD_SECONDS) * 1_000,
    isDemo: read('TICKETS_DEMO', variables.TICKETS_DEMO),
  }
  if (problems.length > 0) throw new SettingsError(problems)
  const known = [...Object.keys(variables), ...adapters]
  const warnings = Object.keys(env)
    .filter((name) => name.startsWith('MILLRACE_') && !known.includes(name))
    .map(
      (name) => `${name} is set, but there is no such setting (known: ${known.filter((each) => each.startsWith('MILLRACE_')).join(', ')})`,
    )
  return { settings, warnings }
}

/** A line for each variable: its name, default and meaning. */
export const settingsHelp = (
  adapters: readonly { readonly name: string; readonly default: string; readonly about: string }[] = [],
): string =>
  [...Object.entries(variables).map(([name, variable]) => ({ ...variable, name })), ...adapters]
    .map(({ name, default: value, about }) => `  ${name.padEnd(23)} ${value.padEnd(14)} ${about}`)
    .join('\n')
