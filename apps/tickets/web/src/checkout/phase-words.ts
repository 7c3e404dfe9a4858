import type { Phase } from './phase.ts'

/** What a screen reader hears when a checkout has come so far; undefined where there is nothing to say. */
export function spokenPhase(phase: Phase): string | undefined {
  switch (phase) {
    case 'paying':
      return 'Paying. This page tells you what comes of it.'
    case 'unresolved':
      return 'The payment provider did not answer. We are finding out whether anything was taken.'
    case 'declined':
      return 'The card was declined, and nothing was taken. You can choose another card.'
    case 'untaken':
      return 'The payment did not come through. You have paid nothing.'
    case 'returning':
      return 'Your payment came too late for these seats. The money goes back to your card.'
    case 'booked':
      return 'Paid and booked.'
    case 'none':
    case 'asking':
    case 'seating':
    case 'cancelled':
      return undefined
  }
}
