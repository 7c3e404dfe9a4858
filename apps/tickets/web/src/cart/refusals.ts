import { plural } from 'app-kit/web/shell/format.ts'
import type { RefusalDetails } from '../api/receipt.ts'

const SENTENCES: Readonly<Record<string, string>> = {
  'sold-out': 'There are not that many free seats left here. Try fewer seats or another section.',
  'section-unknown': 'That section is not part of this show.',
  'show-unknown': 'This show is no longer on sale.',
  'hold-expired': 'The time ran out before your answer came, so the seats went back on sale.',
  'hold-unknown': 'These seats are no longer held for you.',
  'extension-used': 'The extra time has been used already.',
  'booking-unknown': 'This booking has been cancelled already.',
  'payment-pending': 'A payment for these seats is under way already.',
  'booking-exists': 'A payment for these seats is under way already.',
  'seats-free': 'There are seats for you right now: hold them instead of waiting.',
  'waiting-already': 'You wait for seats of this show already.',
  'waiter-unknown': 'You don’t wait any more: look whether you were offered seats.',
  'seat-not-blocked': 'One of these seats is on sale already.',
  'seat-taken': 'One of these seats is taken.',
  overloaded: 'A lot of people are buying right now. Your seats were not touched; please try again.',
}

/** What a refusal means to the person who clicked. */
export function refusalSentence(code: string, details: RefusalDetails = {}): string {
  if (code === 'limit-reached') {
    const have = details.have ? ` You have ${details.have} already.` : ''
    return `Each customer can have ${plural(details.limit ?? 0, 'seat')} for this show.${have}`
  }
  return SENTENCES[code] ?? `The box office refused (${code}).`
}

const RELAXED: Readonly<Record<string, string>> = {
  'single-seat-left': 'Together, but a single seat stays free beside you.',
  'split-in-row': 'No block of neighbours was left: these are in one row, but not side by side.',
  'several-rows': 'No block of neighbours was left: these are the closest seats in several rows.',
}

/** Undefined when the seats are as good as asked for. */
export function relaxedSentence(relaxed: string | undefined, adjacent: boolean | undefined): string | undefined {
  if (relaxed !== undefined && RELAXED[relaxed] !== undefined) return RELAXED[relaxed]
  return adjacent === false ? 'These seats are not all together; no closer ones were free.' : undefined
}
