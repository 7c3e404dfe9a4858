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
}

/** Decides one command on the state as it is now. Changes nothing; whatever happens, there is an answer. */
export function decide(registry: Registry, fold: ShardFold, item: Decidable, nowMs: number): readonly Decided[] {
  const answer = (kind: RecordKind, data: unknown): readonly Decided[] => [
    { record: toRecord(item, nowMs, kind, item.type, 0, data), data },
  ]
  const aggregate = registry.byCommand.get(item.type)
  if (aggregate === undefined) return answer('failed', { message: `there is no command '${item.type}' in this app` })
  const state = fold.state(aggregate, item.key)
  if (state instanceof BrokenState) return answer('failed', { message: state.reason })
  try {
    const handler = aggregate.decide[item.type]!
    const decision = handler(JSON.parse(item.data) as never, state as never, { nowMs, commandId: item.id, key: item.key })
    if ('kind' in decision) return answer('rejected', { code: decision.code, details: decision.details })
    if (decision.length === 0) return answer('accepted', {})
    return decision.map((part, index) => decidedPart(aggregate, item, nowMs, part, index))
  } catch (error) {
    return answer('failed', { message: error instanceof Error ? `${error.name}: ${error.message}` : String(error) })
  }
}

/** The answer to a command whose id is known: where the first answer stands. */
export const repeated = (item: Decidable, nowMs: number, offset: number): Decided => {
  const data = { offset }
  return { record: toRecord(item, nowMs, 'repeated', item.type, 0, data), data }
}

/** The answer that takes the place of a decision that could not be folded. */
export const failed = (item: Decidable, nowMs: number, message: string): Decided => {
  const data = { message }
  return { record: toRecord(item, nowMs, 'failed', item.type, 0, data), data }
}

function decidedPart(aggregate: Aggregate, item: Decidable, nowMs: number, part: Emitted | Scheduled | Cancelled, index: number): Decided {
  if (part.kind === 'event') {
    const schema = aggregate.events[part.type]
    if (schema === undefined) throw new TypeError(`aggregate '${aggregate.name}' has no event '${part.type}'`)
    const checked = checkNow(`event '${part.type}'`, schema, part.data)
    if ('issues' in checked) {
      const issues = toIssues(checked.issues).map(({ path, message }) => `${path || '(whole)'}: ${message}`)
      throw new TypeError(`event '${part.type}' does not fit its schema: ${issues.join('; ')}`)
    }
    return { record: toRecord(item, nowMs, 'event', part.type, index, checked.value), data: checked.value }
  }
  if (part.kind === 'cancel') {
    const data = { name: part.name }
    return { record: toRecord(item, nowMs, 'cancelled', item.type, index, data), data }
  }
  const { dueMs, name, command } = part
  if (aggregate.commands[command.type] === undefined)
    throw new TypeError(`aggregate '${aggregate.name}' has no command '${command.type}' to schedule`)
  if (!Number.isFinite(dueMs)) throw new TypeError(`schedule '${command.type}': dueMs is ${dueMs}; expected epoch milliseconds`)
  const data = { dueMs, name, command: command.data }
  return { record: toRecord(item, nowMs, 'scheduled', command.type, index, data), data }
}

function toRecord(item: Decidable, nowMs: number, kind: RecordKind, type: string, index: number, data: unknown): NewRecord {
  return {
    kind,
    type,
    key: item.key,
    timeMs: nowMs,
    data: JSON.stringify(data),
    commandId: item.id,
    index,
    commandOffset: item.offset,
    fingerprint: fingerprintOf(item.type, item.data),
    traceparent: item.traceparent,
  }
}
