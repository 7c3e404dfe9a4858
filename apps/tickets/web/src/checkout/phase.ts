import type { Checkout } from '../api/contract.ts'

/**
 * How a checkout stands for the one who pays. `none`: nothing has begun. `asking`: the server has not said yet. `paying`,
 * `seating` (the money is there, the seats are not yet booked) and `unresolved` go on by themselves; the others are answers.
 */
export type Phase = 'none' | 'asking' | 'paying' | 'seating' | 'unresolved' | 'booked' | 'declined' | 'untaken' | 'returning' | 'cancelled'

/** `known`: what the read model says, undefined before it has. `isSent`: the command was accepted, so it is only a matter of time. */
export function phaseOf(known: Checkout | null | undefined, isSent: boolean): Phase {
  if (known === undefined || known === null) return isSent ? 'paying' : known === undefined ? 'asking' : 'none'
  if (known.booking === 'confirmed') return 'booked'
  if (known.booking === 'lost') return 'returning'
  if (known.booking === 'cancelled') return 'cancelled'
  switch (known.payment) {
    case 'requested':
      return 'paying'
    case 'captured':
      return 'seating'
    // Only once the show has heard of it as well, another card can be tried.
    case 'declined':
      return known.booking === 'ended' ? 'declined' : 'paying'
    case 'unresolved':
      return 'unresolved'
    case 'voided':
      return known.booking === 'ended' ? 'untaken' : 'unresolved'
  }
}

/** Whether money may be on its way: not the time to start anew. */
export const isUnderWay = (phase: Phase): boolean =>
  phase === 'asking' || phase === 'paying' || phase === 'seating' || phase === 'unresolved'
