import { partitionOf } from '../internal/hash.ts'
import type { Clock } from '../ports/clock.ts'
import type { StoredCommand, UnreadableCommand } from '../ports/log.ts'
import { REACTION_MARK } from '../reactor/reaction-id.ts'
import { toIssues, type SchemaIssue, type SchemaResult } from '../schema.ts'
import { MAX_ID_CHARACTERS, MAX_KEY_CHARACTERS, MAX_TRACEPARENT_CHARACTERS, MAX_TYPE_CHARACTERS } from './command-limits.ts'
import type { Decidable } from './decide.ts'
import type { Registry } from './registry.ts'

/** Of what a reason quotes: an id, a type, a path. And the issues that it names. */
const MAX_QUOTED_CHARACTERS = 200
const MAX_ISSUES = 10
/** How long a schema that asks others may take. */
const MAX_CHECK_MS = 10_000

/** What cannot be decided, and why: in words for an operator, without anything that its data holds. */
export interface Unfit {
  readonly command: StoredCommand | UnreadableCommand
  /** When it came. */
  readonly timeMs: number
  readonly reason: string
}

export interface CheckContext {
  readonly registry: Registry
  readonly clock: Clock
  readonly partition: number
  readonly partitions: number
  /** Aborts when nobody wants to know any more: then what still waits for its schema is given as unfit. */
  readonly signal: AbortSignal
}

/** The group as it can be decided, in the same order. Synchronous where all schemas are, and free where nothing is foreign. */
export function checkGroup(
  group: readonly (StoredCommand | UnreadableCommand)[],
  context: CheckContext,
): readonly (Decidable | Unfit)[] | Promise<readonly (Decidable | Unfit)[]> {
  if (group.every(isChecked)) return group
  const checked = group.map((command): Decidable | Unfit | Promise<Decidable | Unfit> => {
    if (isChecked(command)) return command
    return 'unreadable' in command ? toUnfit(command, command.unreadable, context) : checkForeign(command, context)
  })
  if (checked.every(isSettled)) return checked
  return Promise.all(
    checked.map((each, at) => (isSettled(each) ? Promise.resolve(each) : inTime(group[at] as StoredCommand, each, context))),
  )
}

const isSettled = (checked: Decidable | Unfit | Promise<Decidable | Unfit>): checked is Decidable | Unfit => !(checked instanceof Promise)

/** By its sender. Who only claims so, and breaks a limit, would spoil the whole batch: so those are looked at again. */
const isChecked = (command: StoredCommand | UnreadableCommand): command is StoredCommand =>
  !('unreadable' in command) &&
  command.isForeign !== true &&
  command.id.length <= MAX_ID_CHARACTERS &&
  command.key.length <= MAX_KEY_CHARACTERS &&
  command.type.length <= MAX_TYPE_CHARACTERS &&
  (command.traceparent === undefined || command.traceparent.length <= MAX_TRACEPARENT_CHARACTERS)

/**
 * Checks a command that another client wrote into the log: all that is checked of those that come through `send`, and
 * that it lies where it belongs. Never throws.
 */
export function checkForeign(
  command: StoredCommand,
  context: Omit<CheckContext, 'signal'>,
): Decidable | Unfit | Promise<Decidable | Unfit> {
  const { id, type, key } = command
  const refused = (why: string): Unfit => toUnfit(command, `command '${quoted(id)}': ${why}`, context)
  const threw = (error: unknown): Unfit => refused(`its check threw ${error instanceof Error ? error.name : 'what is no error'}`)

  if (id.length === 0 || id.length > MAX_ID_CHARACTERS)
    return refused(`its id has ${id.length} characters; expected 1 to ${MAX_ID_CHARACTERS}`)
  if (id.startsWith(REACTION_MARK)) return refused(`its id begins with '${REACTION_MARK}', which is for reactors alone`)
  if (key.length === 0 || key.length > MAX_KEY_CHARACTERS)
    return refused(`its record key has ${key.length} characters; expected 1 to ${MAX_KEY_CHARACTERS}`)
  const aggregate = context.registry.byCommand.get(type)
  if (aggregate === undefined) return refused(`there is no command '${quoted(type)}' in this app`)
  if (aggregate.internal.has(type)) return refused(`only timers and reactors send ${type}`)
  const partition = partitionOf(key, context.partitions)
  if (partition !== context.partition)
    return refused(
      `its key belongs to partition ${partition}, not ${context.partition}: hash it with murmur2, as Kafka's default partitioner does`,
    )

  const settled = (result: SchemaResult<unknown>): Decidable | Unfit => {
    if (result.issues !== undefined) return refused(`its data does not fit the schema of ${type}: ${rulesOf(result.issues)}`)
    if (aggregate.key(result.value as never) !== key) return refused(`its record key is not the ${aggregate.name} that its data names`)
    return toDecidable(command, result.value, context) ?? refused(`its data, as the schema of ${type} gives it, is no JSON`)
  }
  let value: unknown
  try {
    value = JSON.parse(command.data)
  } catch {
    return refused('its data is no JSON') // the parser's own message quotes it
  }
  try {
    const result = aggregate.commands[type]!['~standard'].validate(value)
    return result instanceof Promise ? result.then(settled).catch(threw) : settled(result)
  } catch (error) {
    return threw(error)
  }
}

/** With the schema's output as its data. Its text is made before a handler has it, and may change it. */
function toDecidable(command: StoredCommand, value: unknown, { clock }: Pick<CheckContext, 'clock'>): Decidable | undefined {
  const { id, type, key, offset, traceparent } = command
  const timeMs = cameAt(command, clock)
  const data: unknown = JSON.stringify(value)
  if (typeof data !== 'string') return undefined
  const isTraced = traceparent !== undefined && traceparent.length <= MAX_TRACEPARENT_CHARACTERS
  return { id, type, key, data, timeMs, offset, traceparent: isTraced ? traceparent : undefined, value }
}

/** A schema that never answers must not hold up those behind it. */
function inTime(command: StoredCommand, checking: Promise<Decidable | Unfit>, context: CheckContext): Promise<Decidable | Unfit> {
  const { clock, signal } = context
  const late = (why: string): Unfit => toUnfit(command, `command '${quoted(command.id)}': ${why}`, context)
  return new Promise((resolve) => {
    const end = (checked: Decidable | Unfit): void => {
      cancel()
      signal.removeEventListener('abort', leave)
      resolve(checked)
    }
    const leave = (): void => end(late('the shard was given up'))
    const cancel = clock.after(MAX_CHECK_MS, () => end(late(`its schema did not answer within ${MAX_CHECK_MS} ms`)))
    signal.addEventListener('abort', leave, { once: true })
    if (signal.aborted) leave()
    void checking.then(end)
  })
}

const toUnfit = (command: Unfit['command'], reason: string, { clock }: Pick<CheckContext, 'clock'>): Unfit => ({
  command,
  timeMs: cameAt(command, clock),
  reason,
})

/** What another client's clock says, but never the future: recorded time does not go back, and timers go by it. */
const cameAt = ({ timeMs }: Unfit['command'], clock: Clock): number => {
  const nowMs = Math.floor(clock.nowMs())
  return timeMs <= nowMs ? timeMs : nowMs
}

/** The broken rules: where, and what the validator calls them. Their messages may quote the data, so they are left out. */
function rulesOf(issues: readonly SchemaIssue[]): string {
  const paths = toIssues(issues.slice(0, MAX_ISSUES)).map(({ path }) => quoted(path) || '(whole)')
  const said = paths.map((path, at) => `${path}: ${ruleOf(issues[at]!)}`)
  return issues.length > MAX_ISSUES ? `${said.join('; ')}; and ${issues.length - MAX_ISSUES} more` : said.join('; ')
}

/** Zod and ArkType say it as `code`, Valibot as `type`. */
function ruleOf(issue: SchemaIssue): string {
  const name: unknown = Reflect.get(issue, 'code') ?? Reflect.get(issue, 'type')
  return typeof name === 'string' && /^[\w.-]{1,60}$/.test(name) ? name : 'not valid'
}

const quoted = (text: string): string => text.slice(0, MAX_QUOTED_CHARACTERS).toWellFormed()
