import { fingerprintOf } from '../internal/hash.ts'
import type { NewRecord, RecordKind } from '../ports/log.ts'
import { toIssues } from '../schema.ts'
import type { Aggregate } from './aggregate.ts'
import type { Cancelled, Emitted, Scheduled } from './decision.ts'
import { checkNow, type Registry } from './registry.ts'
import { BrokenState, type Decided, type ShardFold } from './shard-fold.ts'

/** What is to be decided: a command from the log, or a timer that is due (then `offset` is -1). */
export interface Decidable {
  readonly id: string
  readonly type: string
  readonly key: string
  readonly data: string
  /** When it was sent, or is due. */
  readonly timeMs: number
  readonly offset: number
  readonly traceparent?: string | undefined
  /** What `data` says, where it has been parsed already: the handler gets this one. */
  readonly value?: unknown
}

/** A command at the time of its decision, and what all its records have in common. */
interface Case {
  readonly item: Decidable
  readonly nowMs: number
  readonly fingerprint: number
}

/** Characters kept of why a command failed: what throws may quote all it was given. */
const MAX_MESSAGE_CHARACTERS = 2_000

const toCase = (item: Decidable, nowMs: number): Case => ({ item, nowMs, fingerprint: fingerprintOf(item.type, item.data) })

/** Decides one command on the state as it is now. Changes nothing; whatever happens, there is an answer. */
export function decide(registry: Registry, fold: ShardFold, item: Decidable, nowMs: number): readonly Decided[] {
  const aggregate = registry.byCommand.get(item.type)
  if (aggregate === undefined) return [failed(item, nowMs, `there is no command '${item.type}' in this app`)]
  const state = fold.state(aggregate, item.key)
  if (state instanceof BrokenState) return [failed(item, nowMs, state.reason)]
  const of = toCase(item, nowMs)
  try {
    const data: unknown = item.value === undefined ? JSON.parse(item.data) : item.value
    const decision = aggregate.decide[item.type]!(data as never, state as never, { nowMs, commandId: item.id, key: item.key })
    if ('kind' in decision) return [answer(of, 'rejected', { code: decision.code, details: decision.details })]
    if (decision.length === 0) return [answer(of, 'accepted', {})]
    const parts: Decided[] = []
    for (const part of decision) parts.push(decidedPart(aggregate, of, part, parts.length))
    return parts
  } catch (error) {
    return [failed(item, nowMs, error instanceof Error ? `${error.name}: ${error.message}` : String(error))]
  }
}

/** The answer to a command whose id is known: where the first answer stands, or nothing where it is a reactor's. */
export const repeated = (item: Decidable, nowMs: number, offset?: number): Decided =>
  answer(toCase(item, nowMs), 'repeated', offset === undefined ? {} : { offset })

/** The answer to a command without a decision, or with one that cannot stand. */
export const failed = (item: Decidable, nowMs: number, message: string): Decided =>
  answer(toCase(item, nowMs), 'failed', { message: message.slice(0, MAX_MESSAGE_CHARACTERS).toWellFormed() })

const answer = (of: Case, kind: RecordKind, data: unknown): Decided => ({ record: toRecord(of, kind, of.item.type, 0, data), data })

function decidedPart(aggregate: Aggregate, of: Case, part: Emitted | Scheduled | Cancelled, index: number): Decided {
  if (part.kind === 'event') {
    const schema = aggregate.events[part.type]
    if (schema === undefined) throw new TypeError(`aggregate '${aggregate.name}' has no event '${part.type}'`)
    const checked = checkNow(part.type, schema, part.data)
    if ('issues' in checked) {
      const issues = toIssues(checked.issues).map(({ path, message }) => `${path || '(whole)'}: ${message}`)
      throw new TypeError(`event '${part.type}' does not fit its schema: ${issues.join('; ')}`)
    }
    return { record: toRecord(of, 'event', part.type, index, checked.value), data: checked.value }
  }
  if (part.kind === 'cancel') {
    const data = { name: part.name }
    return { record: toRecord(of, 'cancelled', of.item.type, index, data), data }
  }
  const { dueMs, name, command } = part
  if (aggregate.commands[command.type] === undefined)
    throw new TypeError(`aggregate '${aggregate.name}' has no command '${command.type}' to schedule`)
  if (!Number.isFinite(dueMs)) throw new TypeError(`schedule '${command.type}': dueMs is ${dueMs}; expected epoch milliseconds`)
  const data = { dueMs, name, command: command.data }
  return { record: toRecord(of, 'scheduled', command.type, index, data), data }
}

function toRecord({ item, nowMs, fingerprint }: Case, kind: RecordKind, type: string, index: number, data: unknown): NewRecord {
  return {
    kind,
    type,
    key: item.key,
    timeMs: nowMs,
    data: JSON.stringify(data),
    commandId: item.id,
    index,
    commandOffset: item.offset,
    fingerprint,
    traceparent: item.traceparent,
  }
}
