import { command, reject, schedule } from '@millrace/core'
import type { ShowState } from '../show-state.ts'

/** One timer for each hold, named after it: set again, it replaces the one before. */
export const expiry = (showId: string, holdId: string, untilMs: number) =>
  schedule(untilMs, command('ExpireHold', { showId, holdId }), { name: holdId })

export const isKnownHold = ({ holds, endedHolds }: ShowState, holdId: string): boolean => holds.has(holdId) || endedHolds.has(holdId)

export const noHold = ({ endedHolds }: ShowState, holdId: string) =>
  reject(endedHolds.get(holdId) === 'expired' ? 'hold-expired' : 'hold-unknown')
