import { MillraceError } from '../errors.ts'
import { pause } from '../internal/pause.ts'
import type { Clock } from '../ports/clock.ts'
import { recordBytes, type Log, type NewRecord } from '../ports/log.ts'
import type { CommandMessage } from '../shard/decision.ts'
import type { Registry } from '../shard/registry.ts'
import { prepareCommand } from '../app/prepare-command.ts'
import { MAX_REACTIONS, toReactionId, type ReactionId } from './reaction-id.ts'

/** How long to wait before commands that the log did not take are sent again: doubles up to the last. */
const RETRY_MS = [20, 2_000] as const

export interface SendContext {
  readonly registry: Registry
  readonly log: Log
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Told, once, that the log did not take them and that they are sent again. */
  readonly onRetry: (error: Error) => void
}

/**
 * Appends the commands that follow from `record`. Resolves once all are durable, or `signal` aborts. Rejects with what is
 * wrong with one of them, then none has been sent; or with why the log can take no more.
 */
export async function sendReaction(
  commands: readonly CommandMessage[],
  id: Omit<ReactionId, 'settled' | 'open'>,
  record: NewRecord,
  { vouched, ...context }: SendContext & { readonly vouched: () => Pick<ReactionId, 'settled' | 'open'> },
): Promise<void> {
  if (commands.length === 0) return
  if (id.index + commands.length > MAX_REACTIONS)
    throw new MillraceError('COMMAND_INVALID', `an event may lead to ${MAX_REACTIONS} commands at most`)
  const { log, clock, signal, onRetry } = context
  const prepared = await Promise.all(commands.map(({ type, data }) => prepareCommand(context, { type, input: data, internal: true })))
  for (const { id: commandId, type, key, data } of prepared) {
    const bytes = recordBytes({ type, key, data, commandId })
    if (bytes > log.maxCommandBytes)
      throw new MillraceError('COMMAND_INVALID', `${type} takes ${bytes} bytes in the log, and may take ${log.maxCommandBytes}`)
  }
  for (let delayMs: number = RETRY_MS[0]; !signal.aborted; delayMs = Math.min(2 * delayMs, RETRY_MS[1])) {
    const timeMs = Math.max(record.timeMs, Math.floor(clock.nowMs()))
    const vouches = vouched()
    const sent = await Promise.allSettled(
      prepared.map(({ type, key, partition, data }, at) => {
        const commandId = toReactionId({ ...id, index: id.index + at, ...vouches })
        return log.submit(partition, { id: commandId, type, key, timeMs, data, traceparent: record.traceparent })
      }),
    )
    const failed = sent.find((each) => each.status === 'rejected')
    if (failed === undefined || signal.aborted) return
    const error = failed.reason as Error
    if (!(error instanceof MillraceError) || !error.retriable) throw error
    if (delayMs === RETRY_MS[0]) onRetry(error)
    await pause(clock, delayMs, signal)
  }
}
