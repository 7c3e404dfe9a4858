import { MillraceError } from '../errors.ts'
import type { ParkedReaction } from './progress.ts'

interface Where {
  readonly reactor: string
  readonly partition: number
}

export function parkedError({ reactor, partition }: Where, { offset, type, reason, mayRepeat }: ParkedReaction): MillraceError {
  const unknown =
    mayRepeat === true
      ? 'An owner that died may have sent its commands, and a retry would do them twice: look first. '
      : 'A retry does nothing twice. '
  return new MillraceError(
    'REACTION_PARKED',
    `reactor '${reactor}' could not handle ${type} at partition ${partition}, offset ${offset}: ${reason}. ` +
      `Its key is parked with all that follows for it; all others go on. ${unknown}Mend what failed, then retry or skip it`,
    { at: { reactor, partition, offset, event: type } },
  )
}

export const slowError = (
  { reactor, partition }: Where,
  { offset, type }: { readonly offset: number; readonly type: string },
  afterMs: number,
): MillraceError =>
  new MillraceError(
    'REACTION_SLOW',
    `reactor '${reactor}' has been handling ${type} at partition ${partition}, offset ${offset}, for ${afterMs / 1_000} s, and goes on: ` +
      'its handler has no time limit. What follows for its key waits meanwhile, and so will all others once 100,000 events have ' +
      "overtaken it. See what it waits for; a handler that calls others needs 'effect'",
    { at: { reactor, partition, offset, event: type } },
  )
