import { MillraceError } from '../errors.ts'
import { fingerprintOf, partitionOf } from '../internal/hash.ts'
import type { Log } from '../ports/log.ts'
import { REACTION_MARK } from '../reactor/reaction-id.ts'
import { toIssues, type Schema } from '../schema.ts'
import type { Aggregate } from '../shard/aggregate.ts'
import { MAX_ID_CHARACTERS, MAX_KEY_CHARACTERS } from '../shard/command-limits.ts'
import type { Registry } from '../shard/registry.ts'

/** A command that is fit to be appended. */
export interface Prepared {
  readonly id: string
  readonly type: string
  readonly key: string
  readonly partition: number
  /** JSON text, of what its schema gave. */
  readonly data: string
  readonly fingerprint: number
}

export interface Unprepared {
  readonly type: string
  readonly input: unknown
  /** Default: a random UUID. */
  readonly id?: string | undefined
  /** Whether commands are allowed that only timers and reactors may send (default false). */
  readonly internal?: boolean | undefined
}

/** Checks a command, and finds where it belongs. Throws `COMMAND_UNKNOWN`, `COMMAND_INVALID`. */
export async function prepareCommand(
  { registry, log }: { readonly registry: Registry; readonly log: Pick<Log, 'partitions'> },
  { type, input, id = crypto.randomUUID(), internal = false }: Unprepared,
): Promise<Prepared> {
  const aggregate = registry.byCommand.get(type)
  if (aggregate === undefined || (aggregate.internal.has(type) && !internal)) {
    throw new MillraceError('COMMAND_UNKNOWN', `there is no command '${type}' (known: ${publicCommands(registry).join(', ')})`, {
      at: { command: type },
    })
  }
  if (id.length === 0 || id.length > MAX_ID_CHARACTERS)
    throw new MillraceError('COMMAND_INVALID', `a command id has 1 to ${MAX_ID_CHARACTERS} characters; this one has ${id.length}`)
  if (id.startsWith(REACTION_MARK))
    throw new MillraceError('COMMAND_INVALID', `a command id may not begin with '${REACTION_MARK}': those that do are reactors'`)
  const value = await check(type, aggregate.commands[type]!, input)
  const key = keyOf(aggregate, type, value)
  const data = JSON.stringify(value)
  return { id, type, key, partition: partitionOf(key, log.partitions), data, fingerprint: fingerprintOf(type, data) }
}

const publicCommands = (registry: Registry): readonly string[] =>
  [...registry.byCommand].filter(([type, aggregate]) => !aggregate.internal.has(type)).map(([type]) => type)

async function check(type: string, schema: Schema, input: unknown): Promise<unknown> {
  const checked = schema['~standard'].validate(input)
  const result = checked instanceof Promise ? await checked : checked
  if (result.issues === undefined) return result.value
  const issues = toIssues(result.issues)
  const said = issues.map(({ path, message }) => `${path || '(whole)'}: ${message}`).join('; ')
  throw new MillraceError('COMMAND_INVALID', `command ${type} is not valid: ${said}`, { issues, at: { command: type } })
}

function keyOf(aggregate: Aggregate, type: string, value: unknown): string {
  const key: unknown = aggregate.key(value as never)
  if (typeof key === 'string' && key.length > 0 && key.length <= MAX_KEY_CHARACTERS) return key
  const got = typeof key === 'string' ? `${key.length} characters` : typeof key
  throw new MillraceError(
    'COMMAND_INVALID',
    `command ${type}: the key of its ${aggregate.name} must have 1 to ${MAX_KEY_CHARACTERS} characters, got ${got}`,
  )
}
