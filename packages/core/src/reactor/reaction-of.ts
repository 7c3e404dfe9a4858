import type { Clock } from '../ports/clock.ts'
import type { NewRecord } from '../ports/log.ts'
import type { CommandMessage } from '../shard/decision.ts'
import { attempts, AttemptsFailed } from './effects/attempts.ts'
import type { CallGate } from './effects/call-gate.ts'
import { withDefaults } from './effects/effect-options.ts'
import type { ReactionContext, Reactor } from './reactor.ts'

export interface CallContext {
  readonly gate: CallGate
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * The commands that follow from an event: from its handler, or from what gives it up. At once where the handler answers
 * at once and calls nobody. Throws, or rejects with, why there are none.
 */
export function reactionOf(
  reactor: Reactor,
  record: NewRecord,
  context: CallContext,
): readonly CommandMessage[] | Promise<readonly CommandMessage[]> {
  const { type, key, timeMs, commandId, index } = record
  const data = JSON.parse(record.data) as never
  const eventId = `${commandId}.${index}`
  const about = { key, timeMs, commandId, eventId, idempotencyKey: `${reactor.name}:${eventId}` }
  const handle = (attempt: number, signal: AbortSignal): readonly CommandMessage[] | Promise<readonly CommandMessage[]> =>
    reactor.on[type]!(data, { ...about, attempt, signal } satisfies ReactionContext)
  const { effect } = reactor
  if (effect === undefined) return handle(1, context.signal)
  return attempts(eventId, handle, { ...context, options: withDefaults(effect) }).catch((error: unknown) => {
    const giveUp = reactor.givenUp[type]
    if (giveUp === undefined || !(error instanceof AttemptsFailed)) throw error
    return giveUp(data, { ...about, error: error.cause, attempts: error.attempts })
  })
}
